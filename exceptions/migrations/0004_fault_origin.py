import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exceptions", "0003_the_desk")]

    operations = [
        migrations.AddField(
            model_name="fault",
            name="origin",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recognised",
                to="exceptions.cause",
            ),
        ),
        # Nobody could merge or split before: each fault is where its fingerprint put it
        migrations.RunSQL("UPDATE exceptions_fault SET origin_id = cause_id", migrations.RunSQL.noop, elidable=True),
    ]
