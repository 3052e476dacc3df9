from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0010_sequence_runs"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="loaded_lines",
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
    ]
