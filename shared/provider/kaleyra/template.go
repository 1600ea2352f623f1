package kaleyra

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// templateObject is a template of the list. Only category, company_id and components are documented word for word; the
// rest is Meta's, with the names of the callback about templates as a second spelling.
type templateObject struct {
	ID         text              `json:"id"`
	TemplateID text              `json:"template_id"`
	MetaID     text              `json:"message_template_id"`
	Name       text              `json:"name"`
	LongName   text              `json:"template_name"`
	Language   json.RawMessage   `json:"language"`
	Code       text              `json:"language_code"`
	Lang       text              `json:"lang_code"`
	Category   text              `json:"category"`
	Previous   text              `json:"previous_category"`
	Correct    text              `json:"correct_category"`
	Status     text              `json:"status"`
	Rejected   text              `json:"rejected_reason"`
	Components []json.RawMessage `json:"components"`
}

// decodeTemplate reads one template object; false for JSON that is none.
func decodeTemplate(raw json.RawMessage) (template.Template, bool) {
	var o templateObject
	if lenient.Decode(raw, &o) != nil || cmp.Or(o.Name, o.LongName) == "" {
		return template.Template{}, false
	}

	t := template.Template{
		Name:     string(cmp.Or(o.Name, o.LongName)),
		Language: o.language(),
		Category: strings.ToUpper(string(o.Category)),
		Status:   templateStatus(string(o.Status)),

		PreviousCategory: strings.ToUpper(string(o.Previous)),
		CorrectCategory:  strings.ToUpper(string(o.Correct)),
		RejectedReason:   template.ReasonOf(string(o.Rejected)),
	}

	t.ID = templateID(string(cmp.Or(o.MetaID, o.TemplateID, o.ID)), t.Name, t.Language)
	cloudapi.AddComponents(&t, o.Components)
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
		_ = lenient.Decode(o.Language, &object)
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
