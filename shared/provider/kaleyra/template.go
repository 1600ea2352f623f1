package kaleyra

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/loose"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// templateObject is a template of the list. Only category, company_id and components are documented word for word; the
// rest is Meta's, with the names of the callback about templates as a second spelling.
type templateObject struct {
	ID         text            `json:"id"`
	TemplateID text            `json:"template_id"`
	MetaID     text            `json:"message_template_id"`
	Name       text            `json:"name"`
	LongName   text            `json:"template_name"`
	Language   json.RawMessage `json:"language"`
	Code       text            `json:"language_code"`
	Lang       text            `json:"lang_code"`
	Category   text            `json:"category"`
	Status     text            `json:"status"`
	Components []struct {
		Type    text `json:"type"`
		Format  text `json:"format"`
		Text    text `json:"text"`
		Example struct {
			Handle []text `json:"header_handle"`
		} `json:"example"`
		Buttons []struct {
			Type  text `json:"type"`
			Text  text `json:"text"`
			URL   text `json:"url"`
			Phone text `json:"phone_number"`
		} `json:"buttons"`
	} `json:"components"`
}

// decodeTemplate reads one template object; false for JSON that is none.
func decodeTemplate(raw json.RawMessage) (template.Template, bool) {
	var o templateObject
	if loose.Decode(raw, &o) != nil || cmp.Or(o.Name, o.LongName) == "" {
		return template.Template{}, false
	}
	t := template.Template{
		Name:     string(cmp.Or(o.Name, o.LongName)),
		Language: o.language(),
		Category: strings.ToUpper(string(o.Category)),
		Status:   templateStatus(string(o.Status)),
	}
	t.ID = templateID(string(cmp.Or(o.MetaID, o.TemplateID, o.ID)), t.Name, t.Language)
	for _, c := range o.Components {
		switch strings.ToUpper(string(c.Type)) {
		case "HEADER":
			t.Header = template.Header{Kind: template.HeaderKind(strings.ToLower(string(c.Format))), Text: string(c.Text)}
			if len(c.Example.Handle) > 0 && strings.HasPrefix(string(c.Example.Handle[0]), "http") {
				t.Header.MediaURL = string(c.Example.Handle[0])
			}
		case "BODY":
			t.Body = string(c.Text)
		case "FOOTER":
			t.Footer = string(c.Text)
		case "BUTTONS":
			for _, b := range c.Buttons {
				t.Buttons = append(t.Buttons, template.Button{
					Kind: template.ButtonKind(strings.ToLower(string(b.Type))), Text: string(b.Text), URL: string(b.URL),
					Phone: string(b.Phone),
				})
			}
		}
	}
	t.Params = t.Count()
	return t, true
}

// language is a code, or an object that holds one.
func (o templateObject) language() string {
	var code text
	_ = code.UnmarshalJSON(o.Language)
	var object struct {
		Code text `json:"code"`
	}
	if code == "" && len(o.Language) > 0 {
		_ = loose.Decode(o.Language, &object)
	}
	return string(cmp.Or(code, object.Code, o.Code, o.Lang))
}

// templateID is the id of the list, or what stands for one.
func templateID(id, name, language string) string {
	if id != "" {
		return id
	}
	return name + ":" + language
}

// templateStatus is a status in one spelling: Kaleyra has "Approved" and "Submission Rejected", Meta "APPROVED".
func templateStatus(word string) string {
	word = strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToUpper(strings.TrimSpace(word)))
	if word == "SUBMISSION_REJECTED" {
		return "REJECTED"
	}
	return word
}
