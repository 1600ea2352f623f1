package gupshup

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// templateObject is a template as Gupshup tells it. Two of its fields, meta and containerMeta, are JSON within a string.
type templateObject struct {
	ID            text            `json:"id"`
	Name          text            `json:"elementName"`
	Language      text            `json:"languageCode"`
	Category      text            `json:"category"`
	Type          text            `json:"templateType"`
	OldCategory   text            `json:"oldCategory"`
	Status        text            `json:"status"`
	Reason        text            `json:"reason"`
	Data          text            `json:"data"`
	Meta          json.RawMessage `json:"meta"`
	ContainerMeta json.RawMessage `json:"containerMeta"`
}

// meta says how the body of a template looks filled.
type meta struct {
	Example text `json:"example"`
}

// containerMeta is the structured text of a template; templates of old apps have none.
type containerMeta struct {
	Data        text `json:"data"`
	Header      text `json:"header"`
	Footer      text `json:"footer"`
	MediaURL    text `json:"mediaUrl"`
	SampleMedia text `json:"sampleMedia"`
	// CorrectCategory is there where WhatsApp disagrees with the category.
	CorrectCategory text `json:"correctCategory"`
	// SampleHeader and SampleText are header and body filled.
	SampleHeader text `json:"sampleHeader"`
	SampleText   text `json:"sampleText"`
	Buttons      []struct {
		Type    text         `json:"type"`
		Text    text         `json:"text"`
		URL     text         `json:"url"`
		Phone   text         `json:"phone_number"`
		Example lenient.List `json:"example"`
	} `json:"buttons"`
}

// headerKinds are the template types whose header we can fill; others keep their own word and cannot be sent.
var headerKinds = map[string]template.HeaderKind{
	"":         template.HeaderNone,
	"TEXT":     template.HeaderNone,
	"IMAGE":    template.HeaderImage,
	"VIDEO":    template.HeaderVideo,
	"DOCUMENT": template.HeaderDocument,
	"LOCATION": template.HeaderLocation,
}

// decodeTemplate reads one template object; false for JSON that is none.
func decodeTemplate(raw json.RawMessage) (template.Template, bool) {
	var o templateObject
	if lenient.Decode(raw, &o) != nil || o.ID == "" {
		return template.Template{}, false
	}

	t := template.Template{
		ID:       string(o.ID),
		Name:     string(o.Name),
		Language: string(o.Language),
		Category: o.Category.Upper(),
		Status:   o.Status.Upper(),
		Header:   template.Header{Kind: headerKind(o.Type)},

		PreviousCategory: o.OldCategory.Upper(),
		RejectedReason:   template.ReasonOf(string(o.Reason)),
	}
	var (
		c containerMeta
		m meta
	)
	if open(o.ContainerMeta, &c) && c.Data != "" {
		c.fill(&t)
	} else {
		flattened(string(o.Data), &t)
	}

	t.CorrectCategory = c.CorrectCategory.Upper()

	open(o.Meta, &m)

	t = c.sampled(t, string(m.Example))
	t.Params = t.Count()

	return t, true
}

func headerKind(word text) template.HeaderKind {
	if kind, ok := headerKinds[word.Upper()]; ok {
		return kind
	}
	return template.HeaderKind(word.Lower())
}

// open reads the JSON in a string into v; some answers hold the JSON itself.
func open(raw json.RawMessage, v any) bool {
	inner := []byte(raw)
	var s string
	if json.Unmarshal(raw, &s) == nil {
		inner = []byte(s)
	}

	return lenient.Decode(inner, v) == nil
}

// sampled returns the template with the values that are found in its filled texts; example is its body.
func (c containerMeta) sampled(t template.Template, example string) template.Template {
	body := template.Unfill(t.Body, string(c.SampleText))
	if body == nil {
		body = template.Unfill(t.Body, example)
	}

	links := make([]string, len(c.Buttons))
	for i, b := range c.Buttons {
		var sample text
		if len(b.Example) > 0 {
			_ = sample.UnmarshalJSON(b.Example[0])
		}

		links[i] = string(sample)
	}

	return t.WithSamples(template.Unfill(t.Header.Text, string(c.SampleHeader)), body, links)
}

func (c containerMeta) fill(t *template.Template) {
	t.Body, t.Footer = string(c.Data), string(c.Footer)
	if t.Header.Kind == template.HeaderNone && c.Header != "" {
		t.Header = template.Header{Kind: template.HeaderText, Text: string(c.Header)}
	}
	if t.Header.Kind != template.HeaderNone && t.Header.Kind != template.HeaderText {
		t.Header.MediaURL = mediaURL(c.MediaURL, c.SampleMedia)
	}

	for _, b := range c.Buttons {
		t.Buttons = append(t.Buttons, template.Button{
			Kind:  template.ButtonKind(b.Type.Lower()),
			Text:  string(b.Text),
			URL:   string(b.URL),
			Phone: string(b.Phone),
		})
	}
}

// mediaURL is the first that is an address: the sample may also be WhatsApp's handle of an uploaded file.
func mediaURL(options ...text) string {
	at := slices.IndexFunc(options, func(o text) bool { return strings.HasPrefix(string(o), "http") })
	if at < 0 {
		return ""
	}
	return string(options[at])
}

// flattened reads a template's text without structure: lines of header, body and footer, and " | [label]" or
// " | [label,address]" for each button. Which line is header or footer is not marked, so all of it is the body.
func flattened(data string, t *template.Template) {
	body, rest, _ := strings.Cut(data, " | [")

	t.Body = body
	for rest != "" {
		var label string
		label, rest, _ = strings.Cut(rest, " | [")
		t.Buttons = append(t.Buttons, flatButton(strings.TrimSuffix(strings.TrimSpace(label), "]")))
	}
}

// flatButton reads "label" or "label,address"; a label may hold commas itself.
func flatButton(label string) template.Button {
	if at := strings.LastIndexByte(label, ','); at >= 0 {
		name, target := label[:at], strings.TrimSpace(label[at+1:])
		switch {
		case strings.HasPrefix(target, "http"):
			return template.Button{Kind: template.ButtonURL, Text: name, URL: target}
		case target != "" && strings.Trim(target, "+0123456789") == "":
			return template.Button{Kind: template.ButtonPhone, Text: name, Phone: target}
		}
	}

	return template.Button{Kind: template.ButtonQuickReply, Text: label}
}
