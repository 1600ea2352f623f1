package template

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/template/risk"
)

// The categories of WhatsApp that matter to news of an order.
const (
	marketing = "MARKETING"
	utility   = "UTILITY"
)

// rejected is the status of a template that WhatsApp has refused.
const rejected = "REJECTED"

// Risks returns what may have WhatsApp refuse a template, or charge it as marketing, for a use: warnings of package risk in the order of the
// template's parts, each with what WhatsApp did decide on this template and on those beside it that share the words; then what it decided
// although no rule warned of it. There is nothing of a template whose text the provider does not tell. Only WhatsApp decides.
func Risks(t Template, use Use) []Finding {
	if t.Body == "" {
		return nil
	}

	entry, known := order.Lookup(use.Event)
	hits := risk.Check(t.riskText(known && !entry.Marketing))

	var findings []Finding

	for _, h := range hits {
		// Of a template that is marketing already, it has happened, and the finding of the category says so.
		if h.Rule.Outcome != risk.Reclassed || !t.IsMarketing() {
			findings = append(findings, t.warning(h, use))
		}
	}

	if f, missed := unforeseen(t, hits); missed {
		findings = append(findings, f)
	}

	return findings
}

// riskText returns what the rules are asked about.
func (t Template) riskText(news bool) risk.Text {
	text := risk.Text{Header: t.Header.Text, Body: t.Body, Footer: t.Footer, News: news}
	for _, b := range t.Buttons {
		text.Buttons = append(text.Buttons, risk.Button{Label: b.Text, URL: b.URL})
	}

	text.Unsampled = t.unsampled()

	return text
}

// unsampled returns the body's placeholders that have no sample while others have. Where none has, the provider may only not tell them, and
// of an approved template WhatsApp had them all.
func (t Template) unsampled() []string {
	if t.decidedSendable() {
		return nil
	}

	var (
		known   bool
		missing []string
	)

	for _, p := range t.Places() {
		switch {
		case p.Component != componentBody:
		case p.Sample == "":
			missing = append(missing, "{{"+p.Name+"}}")
		default:
			known = true
		}
	}

	if !known {
		return nil
	}

	return missing
}

// ReasonOf returns a provider's reason of a rejection as it is shown; empty for the word by which WhatsApp says that there is none.
func ReasonOf(told string) string {
	told = strings.TrimSpace(told)
	if strings.EqualFold(told, "NONE") {
		return ""
	}

	return told
}

// decidedSendable reports whether WhatsApp is known to have approved the template.
func (t Template) decidedSendable() bool { return t.Status != "" && t.Sendable() }

// reclassed reports whether WhatsApp made the template marketing although the brand had asked for something else, or says that it will.
func (t Template) reclassed() bool {
	is := t.IsMarketing()
	was := t.PreviousCategory != "" && !strings.EqualFold(t.PreviousCategory, marketing)

	return is && was || !is && strings.EqualFold(t.CorrectCategory, marketing)
}

// warning returns the finding of a hit.
func (t Template) warning(h risk.Hit, use Use) Finding {
	f := Finding{
		Component: Component(h.Part),
		Index:     h.Index,
		Rule:      Rule(h.Rule.Name),
		Message:   h.Says(),
		Remedy:    h.Rule.Remedy,
		Severity:  severityWarning,
		Risk:      h.Rule.Outcome,
		Words:     h.Words,
		Source:    h.Rule.Source,
	}

	own := ""

	switch {
	case strings.EqualFold(t.Status, rejected):
		own = "WhatsApp refused this template" + as(t.RejectedReason) + "."
	case h.Rule.Outcome == risk.Reclassed && t.reclassed():
		own = "WhatsApp says that this template is to be MARKETING."
	case t.decidedSendable() && (h.Rule.Outcome == risk.Refused || strings.EqualFold(t.Category, utility)):
		f.Contradicted = true
		own = "WhatsApp approved this text" + as(strings.ToUpper(t.Category)) + ", against our rule."
	}

	f.Outcome = strings.TrimSpace(own + " " + t.evidence(h, use))

	return f
}

// as returns what something was taken as, if that is told.
func as(what string) string {
	if what == "" {
		return ""
	}

	return " as " + what
}

// mostNeighbours is how many other templates are looked at for what was decided on them.
const mostNeighbours = 500

// evidence says what WhatsApp decided on other templates of the app of which the same could be said; empty if there are none.
func (t Template) evidence(h risk.Hit, use Use) string {
	if use.Neighbours == nil {
		return ""
	}

	var approvals, reclassings, refusals int

	all := use.Neighbours()
	for _, other := range all[:min(len(all), mostNeighbours)] {
		if other.ID == t.ID || other.Body == "" || !h.In(other.riskText(true)) {
			continue
		}

		switch {
		case other.reclassed():
			reclassings++
		case strings.EqualFold(other.Status, rejected):
			refusals++
		case other.decidedSendable() && strings.EqualFold(other.Category, utility):
			approvals++
		}
	}

	var told []string
	for _, one := range []struct {
		n    int
		what string
	}{{approvals, "approved as UTILITY"}, {reclassings, "re-classed as MARKETING"}, {refusals, "refused"}} {
		if one.n > 0 {
			told = append(told, fmt.Sprintf("%d %s", one.n, one.what))
		}
	}

	if len(told) == 0 {
		return ""
	}

	return "Of your other templates with the same: " + strings.Join(told, ", ") + "."
}

// unforeseen returns the finding about a decision of WhatsApp's that no rule warned of.
func unforeseen(t Template, hits []risk.Hit) (Finding, bool) {
	f := Finding{Component: componentTemplate, Index: whole, Rule: ruleUnforeseen, Severity: severityWarning, Contradicted: true}

	warned := func(o risk.Outcome) bool {
		return slices.ContainsFunc(hits, func(h risk.Hit) bool { return h.Rule.Outcome == o })
	}

	switch {
	case strings.EqualFold(t.Status, rejected) && t.RejectedReason != "" && len(hits) == 0:
		f.Risk = risk.Refused
		f.Message = "WhatsApp refused the template as " + t.RejectedReason + ", and our rules found nothing in it."
		f.Remedy = "Go by WhatsApp's reason; where you think that it is wrong, appeal in WhatsApp Manager."
	case t.reclassed() && !warned(risk.Reclassed):
		f.Risk = risk.Reclassed
		f.Message = fmt.Sprintf("WhatsApp takes the template for MARKETING and not for %s, and our rules found nothing promotional in it.",
			strings.ToUpper(cmp.Or(t.PreviousCategory, t.Category)))
		f.Remedy = "Look for what is not about the order, and have a plainer text approved; or ask WhatsApp for a review of the category."
	default:
		return Finding{}, false
	}

	f.Outcome = f.Message

	return f, true
}
