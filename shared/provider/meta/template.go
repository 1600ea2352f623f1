package meta

import (
	"encoding/json"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/loose"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// templateFields are what is asked of a template.
const templateFields = "id,name,language,status,category,sub_category,parameter_format,components,quality_score,rejected_reason"

// templateObject is a template as Meta tells it.
type templateObject struct {
	ID         text              `json:"id"`
	Name       text              `json:"name"`
	Language   text              `json:"language"`
	Category   text              `json:"category"`
	Status     text              `json:"status"`
	Components []json.RawMessage `json:"components"`
}

// decodeTemplate reads one template object; false for JSON that is none.
func decodeTemplate(raw json.RawMessage) (template.Template, bool) {
	var o templateObject
	if loose.Decode(raw, &o) != nil || o.ID == "" || o.Name == "" {
		return template.Template{}, false
	}
	t := template.Template{
		ID: string(o.ID), Name: string(o.Name), Language: string(o.Language),
		Category: o.Category.Upper(), Status: o.Status.Upper(),
	}
	for _, part := range o.Components {
		cloudapi.AddComponent(&t, part)
	}
	t.Params = t.Count()
	return t, true
}
