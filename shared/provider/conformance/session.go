package conformance

import (
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// session tests what is sent within the service window: golden requests, and what must be refused before it is sent.
func (s Suite) session(t *testing.T) {
	t.Parallel()
	t.Run("texts", s.texts)
	t.Run("buttons", s.buttons)
}

func (s Suite) texts(t *testing.T) {
	t.Parallel()

	sender, ok := s.Provider.(provider.TextSender)
	if ok != (len(s.Texts) > 0) {
		t.Fatalf("the interface says %v, and there are %d texts", ok, len(s.Texts))
	}

	for _, c := range s.Texts {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			s.golden(t, c.Name, func() (*http.Request, error) { return sender.BuildText(t.Context(), s.App, c.Message) })

			for name, m := range map[string]provider.TextMessage{
				"no_text":      {To: c.Message.To, Ref: c.Message.Ref},
				"no_recipient": {Text: c.Message.Text, Ref: c.Message.Ref},
			} {
				if _, err := sender.BuildText(t.Context(), s.App, m); err == nil {
					t.Errorf("%s: got a request, want an error", name)
				}
			}
		})
	}
}

func (s Suite) buttons(t *testing.T) {
	t.Parallel()

	sender, ok := s.Provider.(provider.ButtonSender)
	if ok != (len(s.Buttons) > 0) {
		t.Fatalf("the interface says %v, and there are %d texts with buttons", ok, len(s.Buttons))
	}

	for _, c := range s.Buttons {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			s.golden(t, c.Name, func() (*http.Request, error) { return sender.BuildButtons(t.Context(), s.App, c.Message) })
		})
	}

	if ok {
		t.Run("limits", func(t *testing.T) { s.buttonLimits(t, sender) })
	}
}

// buttonLimits holds WhatsApp's limits (shared/provider/meta/CONTRACT.md section 2.2): what is at one is sent, what is beyond it is not,
// and no error has a word of it.
func (s Suite) buttonLimits(t *testing.T, sender provider.ButtonSender) {
	t.Helper()
	t.Parallel()

	const marker = "MARKER-7002"

	of := s.Buttons[0].Message
	most := func() provider.ButtonMessage {
		return provider.ButtonMessage{
			To:   of.To,
			Ref:  of.Ref,
			Text: strings.Repeat("é", 1024),
			Buttons: []provider.ReplyButton{
				{ID: strings.Repeat("é", 256), Title: strings.Repeat("é", 20)},
				{ID: "2", Title: marker},
				{ID: "3", Title: "3"},
			},
		}
	}
	if _, err := sender.BuildButtons(t.Context(), s.App, most()); err != nil {
		t.Errorf("at the limits: %v", err)
	}

	bare := s.App
	bare.ProviderIDs = nil
	if _, err := sender.BuildButtons(t.Context(), bare, most()); err == nil {
		t.Error("an app that lacks something: got a request, want an error")
	}

	for name, change := range map[string]func(*provider.ButtonMessage){
		"no_recipient": func(m *provider.ButtonMessage) { m.To = phone.Number{} },
		"no_text":      func(m *provider.ButtonMessage) { m.Text = "" },
		"long_text":    func(m *provider.ButtonMessage) { m.Text += "x" },
		"no_buttons":   func(m *provider.ButtonMessage) { m.Buttons = nil },
		"four_buttons": func(m *provider.ButtonMessage) {
			m.Buttons = append(m.Buttons, provider.ReplyButton{ID: "4", Title: "4"})
		},
		"no_id":      func(m *provider.ButtonMessage) { m.Buttons[0].ID = "" },
		"long_id":    func(m *provider.ButtonMessage) { m.Buttons[0].ID += "x" },
		"same_id":    func(m *provider.ButtonMessage) { m.Buttons[0].ID = "2" },
		"no_title":   func(m *provider.ButtonMessage) { m.Buttons[0].Title = "" },
		"long_title": func(m *provider.ButtonMessage) { m.Buttons[0].Title += "x" },
		"same_title": func(m *provider.ButtonMessage) { m.Buttons[0].Title = marker },
	} {
		m := most()
		change(&m)
		if _, err := sender.BuildButtons(t.Context(), s.App, m); err == nil || strings.Contains(err.Error(), marker) {
			t.Errorf("%s: got %v, want an error without what was to be sent", name, err)
		}
	}
}
