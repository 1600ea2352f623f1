package pages

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
)

// halves finds what is no sentence: one that lacks what it is about, and one that has that twice.
var halves = regexp.MustCompile(`^(And|Are|Cannot|Does|Goes|Has|Is|Must|Needs|Or|Was)\b|^The [a-z]+ (the|a|an|name|nobody|no|phones) |^[^A-Z]|[^.!?]$`)

// TestErrorsAreSentences holds that a page shows each error of a phone and of a step as a sentence.
func TestErrorsAreSentences(t *testing.T) {
	t.Parallel()
	c := &call{phone: "919000000001"}
	shows := func(err error) string { return c.problemOf(err).Message }

	for want, err := range map[string]error{
		"The phone shows no such message.":                        fault.Field("to", handset.ErrUnknownMessage.Error()),
		"The message has no such button to tap.":                  fault.Field("button", handset.ErrUnknownButton.Error()),
		"No simulated app has this name.":                         fault.Field("app", handset.ErrUnknownApp.Error()),
		"The phone is switched off: switch it on first.":          fault.Field("phone", handset.ErrOff.Error()),
		"Gupshup documents no callback of this kind.":             fault.Field("kind", "Gupshup documents no callback of this kind"),
		"The cart goes with the kind order.":                      fault.Field("items", "goes with the kind order"),
		"The place goes with the kind location.":                  fault.Field("place", "goes with the kind location"),
		"The switch is none of those that the page offers.":       fault.Field("switch", "is none of those that the page offers"),
		"What is sent needs something that was written before.":   fault.Field("kind", "needs something that was written before"),
		"The phone is not that of the order’s shopper.":           fault.Field("phone", "is not that of the order’s shopper"),
		"The message and the id of a message do not go together.": fault.Field("message", "and the id of a message do not go together"),
	} {
		if got := shows(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}

	for _, err := range append(errorsOfReplies(t), errorsOfSteps(t)...) {
		if got := shows(err); halves.MatchString(got) {
			t.Errorf("%v is shown as %q", err, got)
		}
	}
}

// errorsOfReplies are the errors of replies that no phone sends, each about its field.
func errorsOfReplies(t *testing.T) []error {
	t.Helper()
	all := []error{
		fault.Field("app", handset.ErrNoConversation.Error()), fault.Field("text", handset.ErrInvalidReply.Error()), fault.Field("kind", handset.ErrUnknownKind.Error()),
	}
	one, far := 1.0, 200.0
	soap := []handset.OrderItem{{RetailerID: "SOAP-3", Quantity: 1, Price: 1, Currency: "INR"}}
	book := handset.New(time.Now, 0)
	for _, r := range []handset.Reply{
		{Kind: "edit", Text: "x"},
		{Kind: "edit", To: "1"},
		{Kind: "revoke", To: "1", Text: "x"},
		{Text: "x", Latitude: &one},
		{Text: "x", Longitude: &one},
		{Text: "x", Place: "y"},
		{Kind: "location", Longitude: &one},
		{Kind: "location", Latitude: &one},
		{Kind: "location", Latitude: &far, Longitude: &one},
		{Kind: "location", Latitude: &one, Longitude: &far},
		{Text: "x", Items: soap},
		{Kind: "order", CatalogID: "1"},
		{Kind: "order", CatalogID: "1", Items: []handset.OrderItem{{}}},
		{Kind: "order", Items: soap},
		{Text: "x", CatalogID: "1"},
		{Kind: "image", Product: "SOAP-3", CatalogID: "1"},
	} {
		_, err := book.Reply("919000000007", r)
		f, ok := errors.AsType[*handset.FieldError](err)
		if !ok {
			t.Fatalf("%+v: %v", r, err)
		}
		all = append(all, fault.Field(f.Field, f.Problem))
	}
	for _, provider := range []string{"gupshup", "kaleyra"} {
		lacks := simulator.Lacking(provider)
		for _, r := range []handset.Reply{{HideNumber: true}, {Standby: true}, {Product: "x"}, {Place: "x"}, {Kind: "order"}, {Kind: "edit"}} {
			if f, ok := errors.AsType[*handset.FieldError](lacks.Refuse(&r)); ok {
				all = append(all, fault.Field(f.Field, f.Problem))
			}
		}
	}

	return all
}

// errorsOfSteps are the errors of steps that cannot be done.
func errorsOfSteps(t *testing.T) []error {
	t.Helper()
	var all []error
	a := &scenario.Actor{}
	for _, s := range []scenario.Step{
		{Do: scenario.Subscribe},
		{Do: scenario.Event, Order: "1"},
		{Do: scenario.Event, Order: "1", Event: "x"},
		{Do: scenario.StartFault},
		{Do: scenario.StartFault, Fault: "x"},
		{Do: scenario.StartFault, Fault: "platform-down", Times: -1},
		{Do: scenario.Forward},
		{Do: scenario.Forward, For: scenario.Duration(1000 * time.Hour)},
		{Do: scenario.Answer, Phone: "1"},
		{Do: scenario.Answer, Reply: &simulator.Reply{}},
		{Do: scenario.Phone, Phone: "1"},
		{Do: scenario.Answer, Phone: "1", Reply: &simulator.Reply{To: "1"}, Message: 1},
		{Do: scenario.Answer, Phone: "1", Reply: &simulator.Reply{}, Message: -1},
		{Do: scenario.Mend, Fault: "x"},
		{Do: scenario.Mend, Order: "1"},
		{Do: scenario.Forward, For: 1},
	} {
		_, err := a.Do(t.Context(), s)
		if err == nil {
			t.Fatalf("%+v was done", s)
		}
		all = append(all, err)
	}

	return all
}
