from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exports", "0002_stages")]

    operations = [
        migrations.AddField(
            "download",
            "part",
            models.CharField(
                choices=[("package", "the package"), ("receipt", "the receipt")],
                default="package",
                max_length=10,
            ),
        ),
    ]
