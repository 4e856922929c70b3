"""`manage.py demo`: the whole journey on sample data, on this machine, with nothing installed beside Python."""
