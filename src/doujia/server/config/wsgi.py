"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doujia.server.config.settings")
application = get_wsgi_application()

from doujia.server.kernel import checkpoints  # noqa: E402 - needs the settings

checkpoints.start()
