package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Marks of what must never be printed. The number's first digits stay readable in no masked form.
const (
	markedPhone = "919000099123"
	markedText  = "MARKEDTEXT"
	markedLink  = "https://cdn.example.com/markedlink.jpg"
)

// witness prints things in every way and looks for what must not be seen.
type witness struct{ marks []string }

func (s Suite) witness(more ...string) witness {
	return witness{append([]string{s.App.Secret.Reveal(), markedPhone, markedPhone[2:], markedText, markedLink}, more...)}
}

// see prints a value as errors, logs and debugging would.
func (w witness) see(t *testing.T, v any) {
	t.Helper()

	var logged bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&logged, nil), slog.NewJSONHandler(&logged, nil)} {
		slog.New(h).InfoContext(t.Context(), "seen", "value", v)
	}

	out := fmt.Sprintf("%v\n%+v\n%#v\n%s\n%q\n", v, v, v, v, v) + logged.String()
	if err, ok := v.(error); ok {
		out += err.Error()
	}

	for _, mark := range w.marks {
		if mark != "" && strings.Contains(strings.ToLower(out), strings.ToLower(mark)) {
			t.Errorf("%T prints %q", v, mark)
		}
	}
}

// marked is the first template's message with every content marked.
func (s Suite) marked(t *testing.T) provider.TemplateMessage {
	t.Helper()

	m := s.Templates[0].Message
	m.To = Phone(t, "+"+markedPhone)
	m.Media = provider.Media{Link: markedLink}

	m.Values = make([]string, len(m.Values))
	for i := range m.Values {
		m.Values[i] = markedText
	}

	m.Postbacks = []string{markedText}

	return m
}

// leaks provokes every error there is with marked contents and looks at all that comes out.
func (s Suite) leaks(t *testing.T) {
	t.Parallel()
	sender := s.sender(t)
	w := s.witness()
	m := s.marked(t)
	w.see(t, m)
	w.see(t, &m)
	w.see(t, s.App)
	w.see(t, provider.TextMessage{To: m.To, Text: markedText})
	w.see(t, s.Provider)

	broken := m
	broken.Values = append([]string{markedText}, m.Values...)

	broken.Template.Header.Kind = "unheard_of"
	for _, bad := range []provider.TemplateMessage{broken, {}, {To: m.To, Values: m.Values}} {
		_, err := sender.BuildTemplate(t.Context(), s.App, bad)
		if err == nil {
			t.Error("broken message: no error")
			continue
		}

		w.see(t, err)
	}

	lacking := s.App
	lacking.ProviderIDs = map[string]string{}
	w.see(t, s.Provider.CheckConfig(lacking))
	s.leakingAnswers(t, sender, w)
	s.leakingEvents(t, w)
}

// leakingAnswers has the provider's answers repeat everything.
func (s Suite) leakingAnswers(t *testing.T, sender provider.TemplateSender, w witness) {
	t.Helper()

	words := strings.Join(w.marks, " ")
	for status := 100; status <= 599; status++ {
		for _, body := range [][]byte{s.OwnError(words), []byte("<html>" + words), []byte(words)} {
			_, err := sender.ReadReceipt(status, http.Header{"X-Echo": {words}}, body)
			w.see(t, err)

			client := &http.Client{Transport: canned{status, body}}
			req, err := sender.BuildTemplate(t.Context(), s.App, s.marked(t))
			if err != nil {
				t.Fatalf("build: %v", err)
			}

			_, err = provider.Do(t.Context(), client, req, sender.ReadReceipt)
			w.see(t, err)
		}
	}
}

// leakingEvents looks at all events of the fixtures, whose contents are the marks.
func (s Suite) leakingEvents(t *testing.T, w witness) {
	t.Helper()

	source, ok := s.Provider.(provider.WebhookSource)
	if !ok {
		return
	}
	if _, err := source.ParseWebhook(provider.App{}, []byte(`{"x":"`+strings.Join(w.marks, " "))); err == nil {
		t.Error("cut callback: no error")
	} else {
		w.see(t, err)
	}

	for _, body := range Fixtures(t, s.Dir) {
		events, err := source.ParseWebhook(provider.App{}, body)
		if err != nil {
			t.Fatalf("fixture: %v", err)
		}

		for _, e := range events {
			contents := s.witness(private(e)...)
			contents.see(t, e)
			contents.see(t, &e)

			for _, part := range []any{e.Status, e.Reply, e.Preference} {
				if raw, err := json.Marshal(part); err == nil && string(raw) != "null" {
					contents.see(t, part)
				}
			}
		}
	}
}

// private are the contents of an event that are somebody's own.
func private(e provider.Event) []string {
	switch {
	case e.Reply != nil:
		return long(e.Reply.From, e.Reply.UserID, e.Reply.Name, e.Reply.Text, e.Reply.Postback)
	case e.Status != nil:
		return long(e.Status.Recipient)
	case e.Preference != nil:
		return long(e.Preference.From, e.Preference.UserID)
	default:
		return nil
	}
}

// long leaves out what is too short to be recognised among other words.
func long(all ...string) []string {
	var out []string
	for _, s := range all {
		if len(s) > 3 {
			out = append(out, s)
		}
	}

	return out
}

// canned answers without a network.
type canned struct {
	status int
	body   []byte
}

// RoundTrip gives the canned answer.
func (c canned) RoundTrip(req *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, req.Body)
	_ = req.Body.Close()

	return &http.Response{
		StatusCode: c.status,
		Header:     http.Header{},
		Body:       io.NopCloser(bytes.NewReader(c.body)),
		Request:    req,
	}, nil
}
