package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Fixtures are the callbacks of a folder of fixtures by name, for seeds of fuzzing and for benchmarks.
func Fixtures(tb testing.TB, dir string) map[string][]byte {
	tb.Helper()

	paths, err := filepath.Glob(filepath.Join(dir, "webhook", "*.json"))
	if err != nil || len(paths) == 0 {
		tb.Fatalf("webhook fixtures: %v, %v", paths, err)
	}

	bodies := map[string][]byte{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		if strings.HasSuffix(name, ".want") {
			continue
		}

		body, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			tb.Fatalf("webhook fixture: %v", err)
		}

		bodies[name] = body
	}

	return bodies
}

func (s Suite) webhooks(t *testing.T) {
	t.Parallel()

	source, ok := s.Provider.(provider.WebhookSource)
	if !ok {
		t.Skip("receives no callbacks")
	}

	unproved := source.Verify(s.App, http.Header{}, []byte("{}"))
	if got := unproved == nil; got != s.Provider.Capabilities().Forgeable {
		t.Errorf("a callback that proves nothing is taken: %t, want %t as Forgeable", got, !got)
	}

	for name, body := range Fixtures(t, s.Dir) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.fixture(t, source, name, body)
		})
	}

	garbage := append([]string{
		"", " ", "null", "true", "[]", "[{}]", "{}", "{", `"text"`, "7", "<html></html>", "a=b&c=d", "\xff\xfe{}",
		strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 100_000), "{\"type\":\"\xc3\x28\"}",
	}, s.Garbage...)
	t.Run("garbage", func(t *testing.T) {
		t.Parallel()

		for _, body := range garbage {
			if events, err := source.ParseWebhook(provider.App{}, []byte(body)); !errors.Is(err, provider.ErrMalformed) {
				t.Errorf("%.40q: got %d events, %v, want %v", body, len(events), err, provider.ErrMalformed)
			}
		}
	})
}

// fixture parses a callback, compares what came out with its want file, and then cuts and pads the callback.
func (s Suite) fixture(t *testing.T, source provider.WebhookSource, name string, body []byte) {
	t.Helper()

	header := http.Header{}
	if s.CallbackHeader != nil {
		header = s.CallbackHeader(body)
	}
	if err := source.Verify(s.App, header, body); err != nil && !strings.Contains(name, "signature") {
		t.Errorf("verify: %v", err)
	}

	kept := bytes.Clone(body)
	events, err := source.ParseWebhook(provider.App{}, body)
	if err != nil || len(events) == 0 {
		t.Fatalf("got %d events, %v", len(events), err)
	}

	for i, e := range events {
		if problem := sound(e); problem != nil {
			t.Errorf("event %d: %v", i, problem)
		}
	}

	s.checkRest(t, source, events)

	got, err := json.MarshalIndent(events, "", "  ")
	if err != nil {
		t.Fatalf("events as JSON: %v", err)
	}

	compare(t, filepath.Join(s.Dir, "webhook", name+".want.json"), string(got)+"\n")

	again, err := source.ParseWebhook(provider.App{}, append([]byte(" \n"), body...))
	if diff := cmp.Diff(events, again); err != nil || diff != "" {
		t.Errorf("parsed again: %v (-first +second):\n%s", err, diff)
	}

	whole := bytes.TrimSpace(body)
	for _, cut := range []int{1, len(whole) / 3, len(whole) / 2, len(whole) - 1} {
		if _, err := source.ParseWebhook(provider.App{}, whole[:cut]); !errors.Is(err, provider.ErrMalformed) {
			t.Errorf("cut after %d bytes: got %v, want %v", cut, err, provider.ErrMalformed)
		}
	}
	if !bytes.Equal(kept, body) {
		t.Error("parsing changed the body")
	}
	// The events must not live on the caller's buffer.
	clear(body)
	if after, err := json.MarshalIndent(events, "", "  "); err != nil || !bytes.Equal(after, got) {
		t.Error("events share memory with the body")
	}
}

// checkRest asserts that what could not be read is one event at most, the last, and can be given to the parser again: so it can
// be published again once a parser reads it, without what was dealt with before.
func (Suite) checkRest(t *testing.T, source provider.WebhookSource, events []provider.Event) {
	t.Helper()

	i := slices.IndexFunc(events, func(e provider.Event) bool { return e.Kind == provider.KindUnknown })
	if i < 0 {
		return
	}

	again, err := source.ParseWebhook(provider.App{}, events[i].Raw)
	if diff := cmp.Diff(events[i:], again); err != nil || diff != "" || len(again) != 1 {
		t.Errorf("what is left, parsed again: %v (-want +got):\n%s", err, diff)
	}
}

// sound tells what is wrong with an event, whatever it says: the part of its kind is there and no other, and it
// survives the way through the queue.
func sound(e provider.Event) error {
	parts := map[provider.Kind]bool{
		provider.KindStatus:     e.Status != nil && e.Status.Status != "",
		provider.KindBilling:    e.Status != nil && e.Status.Status == "" && !e.Status.Pricing.IsZero(),
		provider.KindReply:      e.Reply != nil && e.Reply.ID != "",
		provider.KindTemplate:   e.Template != nil && e.Template.Change != "",
		provider.KindAccount:    e.Account != nil && e.Account.Change != "",
		provider.KindPreference: e.Preference != nil && (e.Preference.From != "" || e.Preference.UserID != ""),
		provider.KindCall:       e.Call != nil && (e.Call.From != "" || e.Call.UserID != ""),
		provider.KindIdentity:   e.Identity != nil && e.Identity.ID != "",
		provider.KindIgnored:    true,
		provider.KindUnknown:    len(e.Raw) > 0,
		provider.KindUser:       true,
	}
	if !parts[e.Kind] {
		return errors.New("kind " + string(e.Kind) + " without its part")
	}
	if s := e.Status; s != nil {
		failed := s.Status == message.StatusFailed
		switch {
		case len(s.IDs) == 0 && s.Ref == "":
			return errors.New("status that names no message")
		case failed != (s.Class != ""):
			return errors.New("a class belongs to failed, and to nothing else")
		case failed && !classes[s.Class]:
			return errors.New("class does not exist: " + string(s.Class))
		}
	}

	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	var back provider.Event
	if err = json.Unmarshal(raw, &back); err != nil {
		return err
	}

	second, err := json.Marshal(back)
	if err != nil {
		return err
	}
	if !bytes.Equal(raw, second) {
		return errors.New("changes on its way through JSON")
	}

	return nil
}

// CheckParsed is what fuzzing checks of every parser: a body gives events, all of them sound, or is malformed.
func CheckParsed(tb testing.TB, events []provider.Event, err error) {
	tb.Helper()

	switch {
	case err != nil && (!errors.Is(err, provider.ErrMalformed) || len(events) > 0):
		tb.Errorf("got %d events and %v", len(events), err)
	case err == nil && len(events) == 0:
		tb.Error("no events and no error: the callback would be lost")
	}

	Sound(tb, events)
}

// Sound is what fuzzing checks of every event: see the fixtures.
func Sound(tb testing.TB, events []provider.Event) {
	tb.Helper()

	for i, e := range events {
		if err := sound(e); err != nil {
			tb.Errorf("event %d: %v", i, err)
		}
	}
}
