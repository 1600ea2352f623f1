package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/conformance"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// pigeon is a provider that exists for this test only and has nothing in common with the others: JSON, a bearer token,
// an echo.
type pigeon struct{}

func (pigeon) Name() string { return "pigeon" }

func (pigeon) Capabilities() provider.Capabilities {
	return provider.Capabilities{Echo: true, Callbacks: true, Forgeable: true, Rate: 1}
}

func (pigeon) CheckConfig(app provider.App) error {
	if app.Secret.IsZero() || app.ProviderIDs["loft"] == "" {
		return errors.New("pigeon: token or loft is missing")
	}
	return nil
}

func (pigeon) BuildTemplate(ctx context.Context, app provider.App, m provider.TemplateMessage) (*http.Request, error) {
	if err := provider.Ordinary(m); err != nil {
		return nil, err
	}
	if m.To.IsZero() || m.Template.ID == "" || len(m.Values) != m.Template.Count() {
		return nil, errors.New("pigeon: cannot carry this")
	}
	body, err := json.Marshal(map[string]any{"to": m.To.E164(), "name": m.Template.ID, "words": m.Values, "ref": m.Ref})
	if err != nil {
		return nil, fmt.Errorf("pigeon: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://pigeon.test/fly", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("pigeon: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+app.Secret.Reveal())
	req.Header.Set("Content-Type", "application/json")
	return req, nil
}

type verdict struct {
	Bird  string `json:"bird"`
	Fault string `json:"fault"`
	Code  string `json:"code"`
}

func (pigeon) ReadReceipt(status int, header http.Header, body []byte) (provider.Receipt, error) {
	var v verdict
	own := json.Unmarshal(body, &v) == nil && v.Fault != ""
	switch {
	case v.Code != "" && own:
		e := &provider.SendError{Failure: message.Failure{Class: message.ClassBadRequest, Cause: message.CauseUnlisted, Code: v.Code}, HTTPStatus: status}
		if v.Code == "13" {
			e.Class, e.Cause = message.ClassRecipient, ""
		}
		return provider.Receipt{}, e
	case status == http.StatusOK && v.Bird != "":
		return provider.Receipt{ID: v.Bird}, nil
	case status >= 200 && status <= 299 && own:
		return provider.Receipt{}, &provider.SendError{Failure: message.Failure{Class: message.ClassBadRequest}, HTTPStatus: status}
	}
	return provider.Receipt{}, provider.Refusal(status, header, own)
}

func (pigeon) Verify(provider.App, http.Header, []byte) error { return nil }

func (pigeon) ParseWebhook(_ provider.App, body []byte) ([]provider.Event, error) {
	var note struct {
		Message string         `json:"message"`
		State   message.Status `json:"state"`
		Code    string         `json:"code"`
	}
	if err := json.Unmarshal(body, &note); err != nil || note.Message == "" {
		return nil, fmt.Errorf("pigeon: %w", provider.ErrMalformed)
	}
	s := &provider.StatusEvent{IDs: []string{note.Message}, Status: note.State, Failure: message.Failure{Code: note.Code}}
	if note.State == message.StatusFailed {
		s.Class, s.Cause = message.ClassBadRequest, message.CauseUnlisted
		if note.Code == "13" {
			s.Class, s.Cause = message.ClassRecipient, ""
		}
	}
	return []provider.Event{{Kind: provider.KindStatus, Status: s}}, nil
}

// TestSuiteIsGeneric runs the suite over a provider that it was not written for.
func TestSuiteIsGeneric(t *testing.T) {
	t.Parallel()
	conformance.Run(t, conformance.Suite{
		Provider: pigeon{},
		App: provider.App{
			ID: "app1", ProviderIDs: map[string]string{"loft": "north"}, Secret: config.NewSecret("token-nobody-sees"),
		},
		Dir: "testdata",
		Templates: []conformance.TemplateCase{{Name: "greeting", Message: provider.TemplateMessage{
			To: conformance.Phone(t, "+919000000007"), Template: template.Template{ID: "greeting", Body: "Hi {{1}}"}, Values: []string{"Asha"}, Ref: "ref1",
		}}},
		Unbuildable: []conformance.TemplateCase{{Name: "empty"}},
		Accepted:    []conformance.Accepted{{Name: "flown", Status: 200, Body: `{"bird":"b1"}`, ID: "b1"}},
		Refused: []conformance.Refused{{
			Name: "fell", Status: 500, Body: `{"fault":"x"}`,
			Want: provider.SendError{Failure: message.Failure{Class: message.ClassTransient, Code: "http_500"}},
		}},
		OwnError:   func(words string) []byte { return []byte(`{"fault":"` + words + `"}`) },
		Codes:      []message.Failure{{Code: "13", Class: message.ClassRecipient}},
		CodeAnswer: func(code string) []byte { return []byte(`{"fault":"x","code":"` + code + `"}`) },
		CodeWebhook: func(code string) []byte {
			return []byte(`{"message":"m1","state":"failed","code":"` + code + `"}`)
		},
		Garbage: []string{strings.Repeat(" ", 10)},
	})
}
