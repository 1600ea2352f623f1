package cloudapi_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

func TestAddComponents(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		raw  string
		want template.Template
	}{
		"body":              {`{"type":"BODY","text":"Hi {{1}}","example":{"body_text":[["Asha"]]}}`, template.Template{Body: "Hi {{1}}", Samples: []string{"Asha"}}},
		"body_in_one_list":  {`{"type":"BODY","text":"Hi {{1}} {{2}}","example":{"body_text":["Asha",7]}}`, template.Template{Body: "Hi {{1}} {{2}}", Samples: []string{"Asha", "7"}}},
		"body_odd_example":  {`{"type":"BODY","text":"Hi {{1}}","example":{"body_text":{"a":1}}}`, template.Template{Body: "Hi {{1}}"}},
		"body_named":        {`{"type":"BODY","text":"Hi {{b}} {{a}} {{c}}","example":{"body_text_named_params":[{"param_name":"a","example":"1"},{"param_name":"b","example":"2"},null]}}`, template.Template{Body: "Hi {{b}} {{a}} {{c}}", Samples: []string{"2", "1", ""}}},
		"header_named":      {`{"type":"HEADER","format":"TEXT","text":"{{a}}","example":{"header_text_named_params":[{"param_name":"a","example":"1"}]}}`, template.Template{Header: template.Header{Kind: template.HeaderText, Text: "{{a}}"}, Samples: []string{"1"}}},
		"link_with_a_value": {`{"type":"BUTTONS","buttons":[{"type":"URL","text":"Track","url":"https://t.example.com/{{1}}","example":"7"}]}`, template.Template{Buttons: []template.Button{{Kind: template.ButtonURL, Text: "Track", URL: "https://t.example.com/{{1}}"}}, Samples: []string{"7"}}},
		"footer":            {`{"type":"footer","text":7}`, template.Template{Footer: "7"}},
		"header":            {`{"type":"Header","format":"TEXT","text":"News"}`, template.Template{Header: template.Header{Kind: template.HeaderText, Text: "News"}}},
		"header_media":      {`{"type":"HEADER","format":"IMAGE","example":{"header_handle":["4::aW","https://cdn.example.com/1.jpg","https://cdn.example.com/2.jpg"]}}`, template.Template{Header: template.Header{Kind: template.HeaderImage, MediaURL: "https://cdn.example.com/1.jpg"}}},
		"header_odd":        {`{"type":"HEADER","format":"VIDEO","example":"none"}`, template.Template{Header: template.Header{Kind: template.HeaderVideo}}},
		"buttons": {
			`{"type":"BUTTONS","buttons":[{"type":"URL","text":"Track","url":"https://t.example.com/{{1}}"},null,{"type":"PHONE_NUMBER","phone_number":919000000100}]}`,
			template.Template{Buttons: []template.Button{
				{Kind: template.ButtonURL, Text: "Track", URL: "https://t.example.com/{{1}}"}, {}, {Kind: "phone_number", Phone: "919000000100"},
			}},
		},
		"carousel": {`{"type":"CAROUSEL","cards":[]}`, template.Template{Header: template.Header{Kind: "carousel"}}},
		"offer":    {`{"type":"LIMITED_TIME_OFFER"}`, template.Template{Header: template.Header{Kind: "limited_time_offer"}}},
		"unknown":  {`{"type":"JINGLE","text":"x"}`, template.Template{}},
		"null":     {`null`, template.Template{}},
		"no_type":  {`{"text":"x"}`, template.Template{}},
		"a_word":   {`"BODY"`, template.Template{}},
		"no_json":  {`{"type":`, template.Template{}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got template.Template
			cloudapi.AddComponents(&got, []json.RawMessage{json.RawMessage(tc.raw)})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
