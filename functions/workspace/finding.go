package workspace

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// findingBody is what was found about the template of an event.
type findingBody struct {
	Event     string             `json:"event"`
	Component template.Component `json:"component"`
	// Index is that of the button, or of the placeholder within its part; -1 if it is about the whole part.
	Index    int               `json:"index"`
	Rule     template.Rule     `json:"rule"`
	Message  string            `json:"message"`
	Remedy   string            `json:"remedy"`
	Severity template.Severity `json:"severity"`
}

func findingsOf(findings []settings.EventFinding) []findingBody {
	all := make([]findingBody, len(findings))
	for i, f := range findings {
		all[i] = findingBody{
			Event:     f.Event.String(),
			Component: f.Component,
			Index:     f.Index,
			Rule:      f.Rule,
			Message:   f.Message,
			Remedy:    f.Remedy,
			Severity:  f.Severity,
		}
	}

	return all
}

// unfit answers that settings, or a test, were refused for what was found about their templates.
func (c *call) unfit(one route, e *settings.UnfitError) error {
	httpx.Handled(c.r.Context(), slog.String("kind", "unfit"), slog.Int("findings", len(e.Findings)), slog.String("role", string(c.caller.Role)))

	const status = http.StatusUnprocessableEntity

	undone := "nothing was saved"
	if strings.HasSuffix(one.path, "/test") {
		undone = "nothing was sent"
	}

	body, err := provider.Encode(struct {
		Type     string        `json:"type"`
		Title    string        `json:"title"`
		Status   int           `json:"status"`
		Detail   string        `json:"detail"`
		Findings []findingBody `json:"findings"`
	}{
		Type:     "about:blank",
		Title:    http.StatusText(status),
		Status:   status,
		Detail:   undone + ": the templates do not fit; mend what the findings say",
		Findings: findingsOf(e.Findings),
	})
	if err != nil {
		return err
	}

	return httpx.WriteBytes(c.w, status, "application/problem+json", body)
}
