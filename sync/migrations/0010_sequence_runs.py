from django.db import migrations, models

# Until now a message was taken to have brought every number between its first and its last.
AS_BEFORE = """
UPDATE sync_inboundmessage SET sequence_runs = jsonb_build_array(jsonb_build_array(first_sequence, last_sequence))
WHERE first_sequence IS NOT NULL AND last_sequence IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0009_restored"),
    ]

    operations = [
        migrations.AddField(
            model_name="inboundmessage",
            name="sequence_runs",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.RunSQL(AS_BEFORE, migrations.RunSQL.noop),
    ]
