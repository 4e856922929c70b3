from django.conf import settings
from django.db import models

from migrations_app.models.account import PipedriveAccount


class DealCampaign(models.Model):
    """A campaign that we put onto a deal of the account, which need not be ours. Written down before it is sent, and settled after.

    `option` is the id in the account's field Campaigns. GONE: people took it off; it is neither put there again nor taken back.
    """

    PROJECT_PATH = "account__project"

    class State(models.TextChoices):
        ADDING = "adding", "being put there"
        ADDED = "added", "put there"
        TAKING = "taking", "being taken back"
        TAKEN = "taken", "taken back"
        GONE = "gone", "taken off by people"

    STANDING = (State.ADDING, State.ADDED, State.TAKING)

    account = models.ForeignKey(PipedriveAccount, on_delete=models.CASCADE, related_name="deal_campaigns")
    deal = models.BigIntegerField()
    title = models.CharField("deal", max_length=255, blank=True)
    option = models.BigIntegerField()
    label = models.CharField("campaign", max_length=255)
    why = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ADDING)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["deal", "pk"]
        verbose_name = "campaign on a deal"
        verbose_name_plural = "campaigns on deals"
        constraints = [models.UniqueConstraint(fields=["account", "deal", "option"], name="campaign_once_on_deal")]

    def __str__(self) -> str:
        return f"{self.label}: {self.title or self.deal} ({self.get_state_display()})"
