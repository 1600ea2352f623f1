package template

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// Previewed is a template as a shopper's phone shows it, with sample values.
type Previewed struct {
	Rendered
	// Media is what a header shows that is no text; the zero value if nothing is chosen.
	Media PreviewedMedia
	// Code is what a copy-code button copies.
	Code string
	// Values are what stands in the placeholders, in the order of [Template.Render].
	Values []PreviewedValue
	// Text is what the phone shows as the message's text: header, body and footer, each on lines of its own.
	Text string
	// Plain is all of the message as plain text: the header's file or place, Text, and the buttons.
	Plain string
}

// PreviewedValue is what stands in a placeholder.
type PreviewedValue struct {
	Place
	// Variable is the key of the variable, empty if there is none.
	Variable string
	// Text is what the phone shows there.
	Text string
	// Source says where Text comes from, such as "sample of Customer order ID" or "literal".
	Source string
}

// PreviewedMedia is what a header shows that is no text.
type PreviewedMedia struct {
	Link, ID, Filename                 string
	Latitude, Longitude, Name, Address string
}

// The sources of values that are of no variable.
const (
	// sourceLiteral is a text of the brand's own.
	sourceLiteral = "literal"
	// sourceTemplate is the template's own sample, which stands where nothing is chosen yet.
	sourceTemplate = "the template's own sample"
	// sourceNothing is a placeholder for which nothing is chosen and no sample known: it stands there as it is.
	sourceNothing = "nothing chosen"
)

// Preview returns a template as a phone shows it when each variable has its sample as value. It is filled and rendered as a message is,
// so that the two differ in nothing but the values. A variable that the event never has shows its fallback, as in a message.
//
// A filling need not be complete: where nothing is chosen yet, the template's own sample stands, or the placeholder itself. What WhatsApp
// adds to the templates of its payments is not shown.
func Preview(t Template, f Filling, event order.Kind) Previewed {
	chosen := f.values()
	whole := t.withBody(len(chosen))
	all := whole.Places()

	values := make([]PreviewedValue, len(all))
	f.Variables, f.Texts = make([]string, len(all)), make([]string, len(all))

	for i, p := range all {
		var v Value
		if i < len(chosen) {
			v = chosen[i]
		}

		values[i] = previewed(p, v, event)
		f.Variables[i], f.Texts[i] = v.Variable, values[i].Text
	}

	texts := whole.Fill(f, func(keys []string) []string { return samplesOf(keys, event) })
	for i := range values {
		values[i].Text = texts[i]
	}

	shown := Previewed{Values: values}
	shown.Rendered, _ = whole.Render(texts) // there is a text for each place

	if t.Body == "" {
		shown.Body = "" // the provider does not tell it
	}

	return shown.completed(f, event)
}

// previewed returns what stands in a placeholder, before it is made to fit.
func previewed(p Place, v Value, event order.Kind) PreviewedValue {
	out := PreviewedValue{Place: p, Variable: v.Variable}

	r := find(v.Variable)
	switch {
	case r != nil && r.At(event):
		out.Source = "sample of " + r.Label
	case r != nil:
		out.Source = fmt.Sprintf("stands in for %s, which the event does not have", r.Label)
	case v.Variable != "":
		out.Source = fmt.Sprintf("stands in for %q, which is no variable", v.Variable)
	case v.Text != "":
		out.Source, out.Text = sourceLiteral, v.Text
	case p.Sample != "":
		out.Source, out.Text = sourceTemplate, p.Sample
	default:
		out.Source, out.Text = sourceNothing, "{{"+p.Name+"}}"
	}

	return out
}

// samplesOf returns what stands for each variable in the preview of an event.
func samplesOf(keys []string, event order.Kind) []string {
	values := make([]string, len(keys))
	for i, key := range keys {
		values[i] = sampleOf(key, event)
	}

	return values
}

// completed returns the preview with what stands beside the template's text.
func (p Previewed) completed(f Filling, event order.Kind) Previewed {
	// A link or a code has no stand-in, in messages either.
	value := func(v Value) string {
		if r := find(v.Variable); r != nil && r.At(event) {
			return r.Sample
		}
		if v.Variable != "" {
			return ""
		}

		return v.Text
	}

	number := value(Value{Variable: referenceKey})
	m := PreviewedMedia{
		ID:        f.Media.ID,
		Latitude:  f.Media.Latitude,
		Longitude: f.Media.Longitude,
		Name:      f.Media.Name,
		Address:   f.Media.Address,
	}
	m.Link, m.Filename = f.Media.File(value, number)

	if p.Header.Kind != HeaderNone && p.Header.Kind != HeaderText {
		p.Media = m.of(p.Header.Kind)
	}

	if slices.ContainsFunc(p.Buttons, func(b Button) bool { return b.Kind == ButtonCopyCode }) {
		p.Code = value(f.CopyCode)
	}

	return p.whole()
}

// whole returns the preview with its texts put together.
func (p Previewed) whole() Previewed {
	p.Text = lines(p.Header.Text, p.Body, p.Footer)
	p.Plain = lines(p.Media.plain(p.Header.Kind), p.Text, p.plainButtons())

	return p
}

// Shown returns a template as a phone shows it with the values of a message, which are ready for [Template.Render]: the same form as that of a
// preview. Media is what the header shows that is no text, code what a button copies. A template whose text the provider does not tell has an
// empty body.
func (t Template) Shown(values []string, media PreviewedMedia, code string) (Previewed, error) {
	p := Previewed{}

	var err error
	if p.Rendered, err = t.withBody(len(values)).Render(values); err != nil {
		return Previewed{}, err
	}

	if t.Body == "" {
		p.Body = ""
	}
	if p.Header.Kind != HeaderNone && p.Header.Kind != HeaderText {
		p.Media = media.of(p.Header.Kind)
	}
	if slices.ContainsFunc(p.Buttons, func(b Button) bool { return b.Kind == ButtonCopyCode }) {
		p.Code = code
	}

	return p.whole(), nil
}

// of returns what of the medium a header of the kind shows.
func (m PreviewedMedia) of(kind HeaderKind) PreviewedMedia {
	if kind == HeaderLocation {
		return PreviewedMedia{Latitude: m.Latitude, Longitude: m.Longitude, Name: m.Name, Address: m.Address}
	}

	out := PreviewedMedia{ID: m.ID, Link: m.Link, Filename: m.Filename}
	if m.ID != "" {
		out.Link = ""
	}

	if kind != HeaderDocument {
		out.Filename = "" // only a document has a name
	}

	return out
}

// MediaLine returns a line for what the header shows that is no text; empty for a header that is text.
func (p Previewed) MediaLine() string { return p.Media.plain(p.Header.Kind) }

// plain returns a line for what a header shows that is no text; empty for a header that is text.
func (m PreviewedMedia) plain(kind HeaderKind) string {
	switch kind {
	case HeaderNone, HeaderText:
		return ""
	case HeaderLocation:
		return labelled(string(kind), strings.Trim(m.Name+", "+m.Address, ", "))
	default:
		return labelled(string(kind), strings.TrimSpace(m.Filename+" "+cmp.Or(m.ID, m.Link)))
	}
}

// plainButtons returns a line for each button, with what it does beside its label.
func (p Previewed) plainButtons() string {
	all := make([]string, len(p.Buttons))
	for i, b := range p.Buttons {
		does := cmp.Or(b.URL, b.Phone)
		if b.Kind == ButtonCopyCode {
			does = p.Code
		}

		all[i] = labelled(b.Text, does)
	}

	return lines(all...)
}

// labelled returns "[name]" or "[name: rest]".
func labelled(name, rest string) string {
	if rest == "" {
		return "[" + name + "]"
	}

	return "[" + name + ": " + rest + "]"
}

// lines joins the texts that are not empty, each on a line of its own.
func lines(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "\n")
}
