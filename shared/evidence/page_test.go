package evidence_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/evidence"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// TestPageIsInWordsAndInTheAccountsZone has the printed page call actions as people do, and tell when the order was made in the zone of all other times.
func TestPageIsInWordsAndInTheAccountsZone(t *testing.T) {
	t.Parallel()
	made := time.Date(2024, 2, 10, 5, 35, 2, 0, time.UTC)
	var page strings.Builder
	sheet := evidence.Sheet{FailedAttempt: story.FailedAttempt{OrderID: "51230077", OrderedOn: "2024-02-10 05:35:02.0", OrderedAt: made, Actions: []story.Entry{
		{At: made, Action: &story.Action{Code: "ACTF001", State: conversation.Ready}}, {At: made, Action: &story.Action{Code: "cancel_order", State: conversation.NotOffered}}, {At: made, Action: &story.Action{}},
	}}}
	if err := evidence.Page(&page, []evidence.Sheet{sheet}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"made on 10 February 2024, 05:35:02 UTC", "Request delivery attempt, waits to be submitted", "Cancel order, not offered", "An action that nobody named"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %q: %s", want, &page)
		}
	}
}

// TestPageSaysWhatTheReceiptLacks has the printed page say what its receipt has not of consent and template, and nothing of money.
func TestPageSaysWhatTheReceiptLacks(t *testing.T) {
	t.Parallel()
	ground, money := "The shopper is not known, and so no consent.", "The provider never says what it charges: the estimate stands."
	var page strings.Builder
	sheet := evidence.Sheet{Receipt: usage.Receipt{Lacks: []string{ground, money}, LacksGround: []string{ground}}}
	if err := evidence.Page(&page, []evidence.Sheet{sheet}); err != nil {
		t.Fatal(err)
	}
	if got := page.String(); !strings.Contains(got, "<li>"+ground+"</li>") || strings.Contains(got, money) {
		t.Errorf("the page has not what the receipt lacks of its ground, or has the money too: %s", got)
	}
}
