import MarkdownToJsx from "markdown-to-jsx";

/** Addresses that a guideline may show or link to; anything else (javascript:, data: pages …) is dropped. */
export function safeUrl(url: string): string | null {
  return /^(https?:\/\/|\/(?!\/)|#|blob:)/i.test(url.trim()) ? url : null;
}

/** Markdown of people as React elements; raw HTML stays text. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown">
      <MarkdownToJsx options={{ disableParsingRawHTML: true, forceBlock: true, sanitizer: safeUrl }}>{text}</MarkdownToJsx>
    </div>
  );
}
