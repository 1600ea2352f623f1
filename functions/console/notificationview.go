package console

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// placeView is a placeholder of the template and what fills it.
type placeView struct {
	ID, Where, Name, Sample string
	Choice, Text            string
	Options                 []option
	Findings                []findingView
	// Shows is what the phone shows there, and Source where that comes from.
	Shows, Source string
}

// tapView is a button of the template that a shopper can tap, and what that asks for.
type tapView struct {
	ID, Label string
	Options   []option
	Findings  []findingView
}

// draftView is the message of an event: what fills it, what the phone shows, and what was found.
type draftView struct {
	Template settings.TemplateDetail
	Shown    template.Previewed
	Places   []placeView
	Taps     []tapView
	// Kept are what taps ask for on buttons that nobody can tell of now: their codes, by the names of the form.
	Kept []option
	// Media says that the header shows a file or a place; Location which of them.
	Media, Location bool
	Filling         template.Filling
	MediaLink       placeView
	// Code says that a button copies a code.
	Code     bool
	CopyCode placeView
	// Payment is the description of WhatsApp's payments.
	PaymentDescription placeView
	References         []option
	Findings           []findingView
	// Refuses says that it cannot be saved, Risky that WhatsApp may refuse it or charge it as marketing.
	Refuses, Risky bool
	// Unknown says why there is no preview; empty if there is one.
	Unknown string
}

// wishes are what a tap on a button of a failed delivery asks for.
var wishes = []option{
	{Value: "ACTF001", Label: "Try again"},
	{Value: "ACTF002", Label: "Choose a day"},
	{Value: "ACTF003", Label: "Cancel the order"},
	{Value: "ACTF004", Label: "Say that nobody came"},
}

// failedDelivery is the event whose buttons ask for something.
var failedDelivery = order.Kind{Resource: order.Shipment, SubType: "failed_delivery"}

// draftOf returns a draft for a page.
func draftOf(d settings.Draft, variables []template.Variable, event order.Kind) draftView {
	view := draftView{
		Template: d.Detail,
		Shown:    d.Shown,
		Filling:  d.Filling,
		Findings: findingsOf(d.Findings, d.Detail.Places),
		Location: d.Detail.Header.Kind == template.HeaderLocation,
	}

	at := func(field string) []findingView {
		return slices.DeleteFunc(slices.Clone(view.Findings), func(f findingView) bool { return f.Field != field })
	}

	for i, p := range d.Detail.Places {
		one := filledBy(fmt.Sprintf("value-%d", i), nth(d.Filling.Variables, i), nth(d.Filling.Texts, i), variables, event)
		one.Where, one.Name, one.Sample = whereOf(template.Finding{Component: p.Component, Index: p.Index}), p.Name, p.Sample
		one.Findings = at(one.ID)

		if i < len(d.Shown.Values) {
			one.Shows, one.Source = d.Shown.Values[i].Text, d.Shown.Values[i].Source
		}

		view.Places = append(view.Places, one)
	}

	view.Taps = tapsOf(d, event, at)

	switch d.Detail.Header.Kind {
	case template.HeaderNone, template.HeaderText:
		view.Media = !d.Filling.Media.IsZero()
	default:
		view.Media = true
	}

	if d.Detail.ID == "" {
		view.restore(d.Filling, variables, event)
	}

	view.Code = !d.Filling.CopyCode.IsZero() || slices.ContainsFunc(d.Detail.Buttons, func(b template.Button) bool { return b.Kind == template.ButtonCopyCode })

	value := func(id string, v template.Value) placeView {
		one := filledBy(id, v.Variable, v.Text, variables, event)
		one.Findings = at(id)

		return one
	}
	view.MediaLink = value("mediaLink", d.Filling.Media.Link)
	view.MediaLink.Findings = at("media")
	view.CopyCode = value("copyCode", d.Filling.CopyCode)
	view.PaymentDescription = value("paymentDescription", d.Filling.Payment.Description)

	for _, v := range variables {
		if v.At(event) {
			view.References = append(view.References, option{v.Key, v.Label, v.Key == d.Filling.Payment.ReferenceKey()})
		}
	}

	for _, f := range view.Findings {
		view.Refuses = view.Refuses || f.Refuses
		view.Risky = view.Risky || f.Risk != ""
	}

	return view
}

// restore adds what fills a template that nobody can tell of now, so that the form still has all of it.
func (v *draftView) restore(f template.Filling, variables []template.Variable, event order.Kind) {
	for i := range max(len(f.Variables), len(f.Texts)) {
		one := filledBy(fmt.Sprintf("value-%d", i), nth(f.Variables, i), nth(f.Texts, i), variables, event)
		one.Where, one.Name = fmt.Sprintf("Placeholder %d", i+1), nth(f.Names, i)
		v.Places = append(v.Places, one)
	}

	v.Location = f.Media.Latitude != "" || f.Media.Longitude != ""

	for i, action := range f.Actions {
		if action != "" {
			v.Kept = append(v.Kept, option{Value: action, Label: fmt.Sprintf("action-%d", i)})
		}
	}
}

// tapsOf returns the buttons of a failed delivery, whose taps ask for something.
func tapsOf(d settings.Draft, event order.Kind, at func(field string) []findingView) []tapView {
	if event != failedDelivery {
		return nil
	}

	var taps []tapView

	for i, b := range d.Detail.Buttons {
		if b.Kind != template.ButtonQuickReply {
			continue
		}

		set := nth(d.Filling.Actions, i)
		said := "nothing that we can tell"

		for _, w := range wishes {
			if set == "" && w.Value == d.Taps[i] {
				said = strings.ToLower(w.Label)
			}
		}

		tap := tapView{ID: fmt.Sprintf("action-%d", i), Label: b.Text, Findings: at(fmt.Sprintf("action-%d", i))}
		tap.Options = []option{{Value: "", Label: "what its label says" + map[bool]string{true: ": " + said}[set == ""]}}

		for _, w := range wishes {
			w.Chosen = w.Value == set
			tap.Options = append(tap.Options, w)
		}

		taps = append(taps, tap)
	}

	return taps
}

// filledBy returns a placeholder with what can fill it at an event.
func filledBy(id, variable, text string, variables []template.Variable, event order.Kind) placeView {
	one := placeView{ID: id, Choice: variable, Text: text}
	if variable == "" && text != "" {
		one.Choice = ownText
	}

	known := false

	for _, v := range variables {
		if !v.At(event) && v.Key != variable {
			continue
		}

		label := v.Label
		if !v.At(event) {
			label += " (not at this event)"
		}

		known = known || v.Key == variable
		one.Options = append(one.Options, option{v.Key, label, v.Key == variable})
	}

	if variable != "" && !known {
		one.Options = append(one.Options, option{variable, variable + " (there is no such variable)", true})
	}

	return one
}

// nth returns an element of a list that may be shorter.
func nth(list []string, i int) string {
	if i >= len(list) {
		return ""
	}

	return list[i]
}

// templateOptions returns the templates of an app to choose from: those that can be chosen first, by their names. The one that is chosen is among
// them whatever the provider lists.
func templateOptions(all []template.Template, chosen string) []option {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b template.Template) int {
		return cmp.Or(cmp.Compare(rankOf(a), rankOf(b)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Language, b.Language))
	})

	options := make([]option, 0, len(all)+1)

	for _, t := range all {
		words := []string{cmp.Or(t.Name, t.ID)}
		if t.Language != "" {
			words = append(words, t.Language)
		}
		if t.Category != "" && !strings.EqualFold(t.Category, "utility") {
			words = append(words, strings.ToLower(t.Category))
		}
		if rankOf(t) > 0 {
			words = append(words, strings.ToLower(t.Status))
		}

		options = append(options, option{t.ID, strings.Join(words, " · "), t.ID == chosen})
	}

	if chosen != "" && !slices.ContainsFunc(options, func(o option) bool { return o.Chosen }) {
		label := chosen
		if len(all) > 0 {
			label += " (not in the provider's list)"
		}

		options = append(options, option{chosen, label, true})
	}

	return options
}

// rankOf orders templates: those that WhatsApp has approved, or of which nobody knows, before the others.
func rankOf(t template.Template) int {
	if t.Status == "" || strings.EqualFold(t.Status, "approved") {
		return 0
	}

	return 1
}

// contentOf returns what an event is told with through an app: the brand's own choice, or at the platform's app the platform's.
func contentOf(n settings.Notification, charged bool) account.Content {
	if charged {
		return n.Offered
	}

	return account.Content{TemplateID: n.Choice.TemplateID, Filling: n.Choice.Filling}
}
