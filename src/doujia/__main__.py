import sys

from doujia.cli import main

sys.exit(main())
