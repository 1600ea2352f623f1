package handset_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func (shown) Show(time.Time) handset.Message { return handset.Message{Arrived: true} }

func (shown) Follow(after time.Time) time.Time { return after }

// TestThread shows what both sides wrote, in its order, and what the owner did with it since.
func TestThread(t *testing.T) {
	t.Parallel()
	b, _ := newBook()
	b.Put("919000000007", "app", "out-1", shown{})
	for _, r := range []handset.Reply{
		{Text: "first", To: "out-1"},
		{Kind: "location", Place: "Gate 2", App: "app", Text: "here"},
		{Text: "second"},
		{Kind: "edit", To: "in-first", Text: "third"},
		{Kind: "revoke", To: "in-second"},
	} {
		if _, err := b.Reply("919000000007", r); err != nil {
			t.Fatalf("%+v: %v", r, err)
		}
	}
	b.Put("919000000007", "app", "out-2", shown{})
	at := time.Unix(0, 0).UTC()
	want := []handset.Line{
		{Message: &handset.Message{Arrived: true}, App: "app"},
		{Said: &handset.Said{ID: "in-first", At: at, Kind: "text", Text: "third", To: "out-1", Edited: true}, App: "app"},
		{Said: &handset.Said{ID: "in-here", At: at, Kind: "location", Text: "here", Place: "Gate 2"}, App: "app"},
		{Said: &handset.Said{ID: "in-second", At: at, Kind: "text", TakenBack: true}, App: "app"},
		{Message: &handset.Message{Arrived: true}, App: "app"},
	}
	if diff := cmp.Diff(want, b.Thread("+91 90000 00007")); diff != "" {
		t.Errorf("thread (-want +got):\n%s", diff)
	}
	if got := b.Thread("919000000008"); got == nil || len(got) != 0 {
		t.Errorf("another phone: got %#v, want an empty list", got)
	}
}

// TestForgottenMessagesWaitForTheirPhone has a phone that is off be sent more than the book keeps: all of it follows the phone.
func TestForgottenMessagesWaitForTheirPhone(t *testing.T) {
	t.Parallel()
	b := handset.New(func() time.Time { return time.Unix(0, 0) }, 2)
	var followed []string
	put := func(id string) { b.Put("919000000007", "app", id, &follower{id, &followed}) }
	put("1")
	b.Set("919000000007", handset.Settings{Off: true})
	for _, id := range []string{"2", "3", "4"} {
		put(id)
	}
	followed = nil
	b.Set("919000000007", handset.Settings{})
	if diff := cmp.Diff([]string{"1", "2", "3", "4"}, followed); diff != "" {
		t.Errorf("followed (-want +got):\n%s", diff)
	}
	followed = nil
	b.Set("919000000007", handset.Settings{Agent: true})
	if diff := cmp.Diff([]string{"3", "4"}, followed); diff != "" {
		t.Errorf("once on (-want +got):\n%s", diff)
	}
	if got := b.Settings("+91 90000 00007"); got != (handset.Settings{Agent: true}) {
		t.Errorf("got %+v, want the agent", got)
	}
}

// follower notes that it follows its phone.
type follower struct {
	id       string
	followed *[]string
}

func (*follower) Show(time.Time) handset.Message { return handset.Message{Arrived: true} }

func (f *follower) Follow(after time.Time) time.Time {
	*f.followed = append(*f.followed, f.id)
	return after
}
