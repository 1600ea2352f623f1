package evidence_test

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/evidence"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

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
