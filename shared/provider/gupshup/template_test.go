package gupshup

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// sample is the template of the documents' shape, with invented words.
const sample = `{
 "appId":"aaaaaaaa-0000-4000-8000-000000000001","wabaId":"100000000000001",
 "id":"0b6f2c1e-1111-4222-8333-abcdefabcdef","externalId":900000000000017,
 "elementName":"failed_delivery_v1","languageCode":"en","languagePolicy":"deterministic",
 "category":"utility","templateType":"TEXT","status":"approved","quality":"UNKNOWN","buttonSupported":"QR",
 "data":"Delivery missed\nHi {{1}}, we could not deliver {{2}} from {{3}}.\nReply below | [Try again] | [Change address]",
 "meta":"{\"example\":\"Hi Asha, we could not deliver ORD123456 from KapasKraft.\"}",
 "containerMeta":"{\"data\":\"Hi {{1}}, we could not deliver {{2}} from {{3}}.\",\"header\":\"Delivery missed\",\"footer\":\"Reply below\",\"buttons\":[{\"type\":\"QUICK_REPLY\",\"text\":\"Try again\"},{\"type\":\"QUICK_REPLY\",\"text\":\"Change address\"}],\"sampleText\":\"Hi Asha\",\"enableSample\":true}",
 "createdOn":1780000000000,"modifiedOn":1780000600000}`

func sampleTemplate() template.Template {
	return template.Template{
		ID: testID, Name: "failed_delivery_v1", Language: "en", Category: "UTILITY", Status: "APPROVED",
		Header: template.Header{Kind: template.HeaderText, Text: "Delivery missed"},
		Body:   "Hi {{1}}, we could not deliver {{2}} from {{3}}.",
		Footer: "Reply below",
		Buttons: []template.Button{
			{Kind: template.ButtonQuickReply, Text: "Try again"},
			{Kind: template.ButtonQuickReply, Text: "Change address"},
		},
		Samples: []string{"Asha", "ORD123456", "KapasKraft"},
		Params:  3,
	}
}

func TestDecodeTemplate(t *testing.T) {
	t.Parallel()
	image := template.Header{Kind: template.HeaderImage, MediaURL: "https://cdn.example.com/s.jpg"}
	flat := template.Template{
		ID: "t1", Header: template.Header{}, Params: 2,
		Body: "Header line\nYour order {{1}} {{ name }}\nFooter",
		Buttons: []template.Button{
			{Kind: template.ButtonQuickReply, Text: "Yes, please"},
			{Kind: template.ButtonURL, Text: "Track", URL: "https://shop.example.com/t"},
			{Kind: template.ButtonPhone, Text: "Call", Phone: "+919000000100"},
		},
	}
	const flatData = `"data":"Header line\nYour order {{1}} {{ name }}\nFooter | [Yes, please] | ` +
		`[Track,https://shop.example.com/t] | [Call,+919000000100]"`
	tests := []struct {
		name string
		raw  string
		want template.Template
	}{
		{"documented", sample, sampleTemplate()},
		{
			"image", `{"id":"t1","templateType":"IMAGE","containerMeta":"{\"data\":\"Hi\",\"header\":\"ignored\",` +
				`\"mediaUrl\":\"4::handle\",\"sampleMedia\":\"https://cdn.example.com/s.jpg\"}"}`,
			template.Template{ID: "t1", Header: image, Body: "Hi"},
		},
		{
			"container_not_in_a_string", `{"id":"t1","containerMeta":{"data":"Hi {{1}}"}}`,
			template.Template{ID: "t1", Body: "Hi {{1}}", Params: 1},
		},
		{"no_container", `{"id":"t1",` + flatData + `}`, flat},
		{"container_is_no_json", `{"id":"t1","containerMeta":"{{{",` + flatData + `}`, flat},
		{"container_without_text", `{"id":"t1","containerMeta":"{\"header\":\"x\"}",` + flatData + `}`, flat},
		{
			"link_and_phone", `{"id":"t1","containerMeta":"{\"data\":\"Hi\",\"buttons\":[` +
				`{\"type\":\"URL\",\"text\":\"Track\",\"url\":\"https://shop.example.com/{{1}}\",\"example\":[\"x\"]},` +
				`{\"type\":\"PHONE_NUMBER\",\"text\":\"Call\",\"phone_number\":\"+919000000100\"}]}"}`,
			template.Template{ID: "t1", Body: "Hi", Params: 1, Samples: []string{"x"}, Buttons: []template.Button{
				{Kind: template.ButtonURL, Text: "Track", URL: "https://shop.example.com/{{1}}"},
				{Kind: template.ButtonPhone, Text: "Call", Phone: "+919000000100"},
			}},
		},
		{
			"other_kind", `{"id":"t1","templateType":"CAROUSEL","data":"Look"}`,
			template.Template{ID: "t1", Header: template.Header{Kind: "carousel"}, Body: "Look"},
		},
		{
			"odd_types", `{"id":77,"elementName":null,"languageCode":["en"],"status":"Paused","data":"x"}`,
			template.Template{ID: "77", Status: "PAUSED", Body: "x"},
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, ok := decodeTemplate([]byte(tc.raw))
			if !ok {
				t.Fatal("not taken for a template")
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, raw := range []string{"", "null", "{}", "[]", `"t1"`, `{"elementName":"x"}`} {
		if got, ok := decodeTemplate([]byte(raw)); ok {
			t.Errorf("%q: got %+v", raw, got)
		}
	}
}

// TestTemplateTellsWhatWasDecided reads what WhatsApp decided on a template.
func TestTemplateTellsWhatWasDecided(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]template.Template{
		`"status":"REJECTED","reason":"INVALID_FORMAT"`:                                             {Status: "REJECTED", RejectedReason: "INVALID_FORMAT"},
		`"status":"APPROVED","reason":"NONE"`:                                                       {Status: "APPROVED"},
		`"category":"MARKETING","oldCategory":"UTILITY"`:                                            {Category: "MARKETING", PreviousCategory: "UTILITY"},
		`"category":"UTILITY","containerMeta":"{\"data\":\"x\",\"correctCategory\":\"MARKETING\"}"`: {Category: "UTILITY", CorrectCategory: "MARKETING", Body: "x"},
	} {
		want.ID = "1"
		if got, ok := decodeTemplate([]byte(`{"id":"1",` + raw + `}`)); !ok || cmp.Diff(want, got) != "" {
			t.Errorf("%s (-want +got):\n%s", raw, cmp.Diff(want, got))
		}
	}
}
