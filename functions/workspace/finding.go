package workspace

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/shared/template/risk"
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
	// Risk, Words and Source are there if it is about what WhatsApp may do to the template: what that is, the words at fault, and the public rule.
	Risk   risk.Outcome `json:"risk,omitempty"`
	Words  []string     `json:"words,omitempty"`
	Source *sourceBody  `json:"source,omitempty"`
	// Outcome is what WhatsApp did decide, Contradicted whether that was not what our rule expects.
	Outcome      string `json:"outcome,omitempty"`
	Contradicted bool   `json:"contradicted,omitempty"`
}

// sourceBody is a public rule.
type sourceBody struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// riskBody is how much to trust the findings that have a risk.
type riskBody struct {
	Texts            int    `json:"texts"`
	PrecisionPercent int    `json:"precisionPercent"`
	RecallPercent    int    `json:"recallPercent"`
	Note             string `json:"note"`
}

// trust returns how much to trust findings about a risk, of which there may be none.
func trust() *riskBody {
	m := risk.Measured

	return &riskBody{Texts: m.Texts, PrecisionPercent: m.Precision, RecallPercent: m.Recall, Note: m.Note()}
}

// riskOf returns how much to trust findings; nil if none is about a risk.
func riskOf(findings []settings.EventFinding) *riskBody {
	if !slices.ContainsFunc(findings, func(f settings.EventFinding) bool { return f.Risk != "" }) {
		return nil
	}

	return trust()
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

			Risk:         f.Risk,
			Words:        f.Words,
			Outcome:      f.Outcome,
			Contradicted: f.Contradicted,
		}
		if f.Source != (risk.Source{}) {
			all[i].Source = &sourceBody{Name: f.Source.Name, URL: f.Source.Address}
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
		Risk     *riskBody     `json:"risk,omitempty"`
	}{
		Type:     "about:blank",
		Title:    http.StatusText(status),
		Status:   status,
		Detail:   undone + ": the templates do not fit; mend what the findings say",
		Findings: findingsOf(e.Findings),
		Risk:     riskOf(e.Findings),
	})
	if err != nil {
		return err
	}

	return httpx.WriteBytes(c.w, status, "application/problem+json", body)
}
