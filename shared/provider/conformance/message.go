package conformance

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Phone is a number in E.164.
func Phone(tb testing.TB, e164 string) phone.Number {
	tb.Helper()

	n, err := phone.FromE164(e164)
	if err != nil {
		tb.Fatalf("phone: %v", err)
	}

	return n
}

// FailedDelivery is a message that every provider with templates can carry: three values, three quick replies. Id of the
// template and reference are the provider's to set.
func FailedDelivery(tb testing.TB) provider.TemplateMessage {
	tb.Helper()

	return provider.TemplateMessage{
		To: Phone(tb, "+919000000007"),
		Template: template.Template{
			Name:     "failed_delivery_v1",
			Language: "en",
			Status:   "APPROVED",
			Header:   template.Header{Kind: template.HeaderText, Text: "Delivery missed"},
			Body:     "Hi {{1}}, we could not deliver {{2}} from {{3}}.",
			Footer:   "Reply below",
			Buttons: []template.Button{
				{Kind: template.ButtonQuickReply, Text: "Try again"},
				{Kind: template.ButtonQuickReply, Text: "Change address"},
				{Kind: template.ButtonQuickReply, Text: "Cancel"},
			},
		},
		Values:    []string{"Asha", "ORD123456", "KapasKraft"},
		Postbacks: []string{"ndr:v1:9f2c:reattempt", "", "ndr:v1:9f2c:cancel"},
	}
}

// CheckTemplate is what fuzzing checks of every template that is read: it is told apart from none, knows how many values
// it needs, and can be rendered with so many.
func CheckTemplate(tb testing.TB, got template.Template, ok bool) {
	tb.Helper()
	if ok && (got.ID == "" || got.Params != got.Count()) {
		tb.Errorf("got %+v", got)
	}
	if _, err := got.Render(make([]string, got.Params)); err != nil {
		tb.Errorf("cannot be rendered: %v", err)
	}
}
