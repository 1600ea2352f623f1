package handset_test

import (
	"errors"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
)

// app takes replies, and notes them.
type app struct{ got []handset.Reply }

func (a *app) Answer(_ string, r handset.Reply) (string, error) {
	a.got = append(a.got, r)
	return "in-" + r.Text, nil
}

func newBook() (*handset.Book, *app) {
	a := &app{}
	b := handset.New(func() time.Time { return time.Unix(0, 0) }, 0)
	b.Register("app", a)
	return b, a
}

func TestRepliesThatNoPhoneSends(t *testing.T) {
	t.Parallel()
	soap := handset.OrderItem{RetailerID: "SOAP-3", Quantity: 1, Price: 1, Currency: "INR"}
	free := soap
	free.Price = -1
	for field, replies := range map[string][]handset.Reply{
		"to":        {{Kind: "edit", Text: "x"}, {Kind: "revoke"}},
		"text":      {{Kind: "edit", To: "1"}, {Kind: "revoke", To: "1", Text: "x"}},
		"latitude":  {{Text: "x", Latitude: new(1.0)}, {Kind: "location", Longitude: new(1.0)}, {Kind: "location", Latitude: new(90.1), Longitude: new(1.0)}},
		"longitude": {{Text: "x", Longitude: new(1.0)}, {Kind: "location", Latitude: new(1.0)}, {Kind: "location", Latitude: new(1.0), Longitude: new(-181.0)}},
		"place":     {{Text: "x", Place: "Gate 2"}},
		"items":     {{Text: "x", Items: []handset.OrderItem{soap}}, {Kind: "order", CatalogID: "1"}, {Kind: "order", CatalogID: "1", Items: []handset.OrderItem{soap, free}}, {Kind: "order", CatalogID: "1", Items: []handset.OrderItem{{}}}},
		"product":   {{Kind: "image", Product: "SOAP-3", CatalogID: "1"}, {Button: "x", Product: "SOAP-3", CatalogID: "1"}},
		"catalogId": {{Text: "x", CatalogID: "1"}, {Text: "x", Product: "SOAP-3"}, {Kind: "order", Items: []handset.OrderItem{soap}}},
	} {
		for _, r := range replies {
			b, _ := newBook()
			r.App = "app"
			_, err := b.Reply("919000000007", r)
			if f, ok := errors.AsType[*handset.FieldError](err); !ok || f.Field != field || f.Error() == "" {
				t.Errorf("%+v: got %v, want an error about %s", r, err, field)
			}
		}
	}
}

// TestOwnMessageIsFound changes a message of the shopper's own: it goes to whom that was written to, and names what that answered.
func TestOwnMessageIsFound(t *testing.T) {
	t.Parallel()
	b, a := newBook()
	b.Register("another", &app{})
	b.Put("919000000007", "app", "out-1", shown{})
	b.Put("919000000007", "another", "out-2", shown{})
	if _, err := b.Reply("+91 90000 00007", handset.Reply{Text: "first", To: "out-1"}); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"edit", "revoke"} {
		r := handset.Reply{Kind: kind, To: "in-first"}
		if kind == "edit" {
			r.Text = "second"
		}
		if _, err := b.Reply("919000000007", r); err != nil {
			t.Fatal(err)
		}
		if got := a.got[len(a.got)-1]; got.Kind != kind || got.Original != "in-first" || got.To != "out-1" || got.App != "app" {
			t.Errorf("%s: got %+v", kind, got)
		}
	}
	for number, to := range map[string]string{"919000000007": "out-1", "919000000008": "in-first"} {
		if _, err := b.Reply(number, handset.Reply{Kind: "revoke", To: to}); !errors.Is(err, handset.ErrUnknownMessage) {
			t.Errorf("%s on %s: got %v, want %v", to, number, err, handset.ErrUnknownMessage)
		}
	}
}

// TestOldMessagesAreForgotten writes more than a phone remembers.
func TestOldMessagesAreForgotten(t *testing.T) {
	t.Parallel()
	b, _ := newBook()
	for i := range 101 {
		if _, err := b.Reply("919000000007", handset.Reply{Text: string(rune('a' + i)), App: "app"}); err != nil {
			t.Fatal(err)
		}
	}
	for to, want := range map[string]error{"in-a": handset.ErrUnknownMessage, "in-b": nil} {
		if _, err := b.Reply("919000000007", handset.Reply{Kind: "revoke", To: to}); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", to, err, want)
		}
	}
}

type shown struct{}

func (shown) Show(time.Time) handset.Message { return handset.Message{} }
