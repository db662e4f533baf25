from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("exports", "0012_cut_files_outlive_their_originals")]

    operations = [migrations.AlterModelOptions(name="reading", options={"ordering": ["at", "pk"]})]
