/* CSS of the form parts; pages with forms import this file so that the first load stays without it. */
import "@mantine/core/styles/Input.css";
import "@mantine/core/styles/InlineInput.css";
import "@mantine/core/styles/PasswordInput.css";
import "@mantine/core/styles/CloseButton.css";
