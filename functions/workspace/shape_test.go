package workspace_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
)

// slip is a request that breaks the description in one place.
type slip struct{ body, field string }

// slips returns the described example of a request with one slip each: a key that is unknown, in another case or missing, a null, a value of
// another type.
func slips(schema *openapi3.Schema, example any, path string, put func(any) string) []slip {
	var all []slip

	for _, one := range schema.OneOf {
		if !one.Value.Type.Is("null") {
			schema = one.Value
		}
	}
	add := func(v any, field string) { all = append(all, slip{put(v), field}) }

	switch v := example.(type) {
	case map[string]any:
		add([]any{}, path)
		below := func(key string) string { return strings.TrimPrefix(path+"."+key, ".") }
		with := func(key string, value any, drop ...string) map[string]any {
			other := map[string]any{}
			for k, was := range v {
				if !slices.Contains(drop, k) {
					other[k] = was
				}
			}
			if key != "" {
				other[key] = value
			}
			return other
		}
		if len(schema.Properties) > 0 {
			add(with("bogus", 1), below("bogus"))
		}
		for _, key := range schema.Required {
			add(with("", nil, key), below(key))
		}
		for key, value := range v {
			property := schema.Properties[key]
			if property == nil {
				property = schema.AdditionalProperties.Schema
			} else {
				add(with(strings.ToUpper(key[:1])+key[1:], value, key), below(strings.ToUpper(key[:1])+key[1:]))
			}
			nullable := property.Value.Type.Includes("null") || slices.ContainsFunc(property.Value.OneOf, func(one *openapi3.SchemaRef) bool { return one.Value.Type.Is("null") })
			if !nullable {
				add(with(key, nil), below(key))
			}
			all = append(all, slips(property.Value, value, below(key), func(in any) string { return put(with(key, in)) })...)
		}
	case []any:
		add(map[string]any{}, path)
		for i, value := range v {
			with := func(in any) string { return put(append(append(slices.Clone(v[:i]), in), v[i+1:]...)) }
			all = append(all, slip{with(nil), fmt.Sprintf("%s[%d]", path, i)})
			all = append(all, slips(schema.Items.Value, value, fmt.Sprintf("%s[%d]", path, i), with)...)
		}
	case string:
		add(map[string]any{"a": 1}, path)
		add(5, path)
	default:
		add("x", path)
	}

	return all
}

// TestRequestsAreAsDescribed answers 400 and names the place where a request is not as openapi.yaml describes it, at every route and depth.
func TestRequestsAreAsDescribed(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(workspace.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, nil)
	r.put(neem, "Neem")
	const full = `{"template":"t","values":[{"name":"1","variable":"brand"},{"text":"x"}],"media":{"link":{"text":"x"},"id":"1"},"copyCode":{"text":"x"},
		"actions":["ACTF001"],"payment":{"part":"order_status","description":{"text":"x"}}}`
	more := map[string]string{
		"NotificationsFields": `{"maxAgeSeconds":60,"notifications":{"shipment/created":{"enabled":true,"maxAgeSeconds":60,"charges":{"textVersion":"1","price":"1"},"content":` + full + `}}}`,
		"NotificationFields":  `{"enabled":true,"content":` + full + `}`,
		"Proposal":            `{"content":` + full + `}`,
		"TestFields":          `{"to":"1","content":` + full + `}`,
		"Replies":             `{"enabled":true,"text":"x","hours":{"from":"09:00","to":"10:00","days":["monday"]}}`,
	}
	seen := 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody == nil || strings.Contains(path, "rate-cards") { // whose bodies ops reads as well, with errors of its own
				continue
			}
			media := op.RequestBody.Value.Content.Get("application/json")
			if media == nil {
				continue // a file
			}
			examples := []any{}
			if media.Example != nil {
				examples = append(examples, media.Example)
			}
			for _, one := range media.Examples {
				examples = append(examples, one.Value.Value)
			}
			if text := more[media.Schema.Ref[strings.LastIndex(media.Schema.Ref, "/")+1:]]; text != "" {
				var v any
				if err := json.Unmarshal([]byte(text), &v); err != nil {
					t.Fatal(err)
				}
				examples = append(examples, v)
			}
			if len(examples) == 0 {
				t.Errorf("%s %s has no example", method, path)
			}
			where := strings.NewReplacer("{accountId}", neem, "{appId}", "a", "{resource}", "shipment", "{eventSubType}", "created").Replace(path)
			for _, example := range examples {
				for _, s := range slips(media.Schema.Value, example, "", func(v any) string {
					text, err := json.Marshal(v)
					if err != nil {
						t.Fatal(err)
					}
					return string(text)
				}) {
					seen++
					r.named(http.StatusBadRequest, s.field, request{method: method, path: where, token: r.operator(), body: s.body, header: ifMatch(1)})
					if t.Failed() {
						t.Fatalf("the body was %s", s.body)
					}
				}
			}
		}
	}
	if seen < 300 {
		t.Errorf("only %d requests", seen)
	}
}

// TestLogHasNoKeyOfTheCaller names a key or an event that is none in the answer, and not in the log: it may be a secret in the wrong place.
func TestLogHasNoKeyOfTheCaller(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	const secret = "sk_live_0123456789abcdef"
	account := "/v1/accounts/" + neem
	for where, q := range map[string]request{
		secret:                              {method: http.MethodPost, path: account + "/apps", body: `{"` + secret + `":1}`},
		"providerIds." + secret:             {method: http.MethodPost, path: account + "/apps", body: `{"providerIds":{"` + secret + `":1}}`},
		"notifications." + secret:           {method: http.MethodPut, path: account + "/notifications", body: `{"notifications":{"` + secret + `":{"enabled":false}}}`},
		"notifications." + secret + ".hush": {method: http.MethodPut, path: account + "/notifications", body: `{"notifications":{"` + secret + `":{"hush":false}}}`},
		"templates." + secret:               {method: http.MethodPut, path: "/v1/platform/apps/a", body: `{"name":"a","provider":"meta","templates":{"` + secret + `":{"template":"t","values":[]}}}`},
		secret + "_card":                    {method: http.MethodPut, path: "/v1/rate-cards/a", body: `{"` + secret + `_card":1}`},
		"content." + secret:                 {method: http.MethodPost, path: account + "/notifications/shipment/created/lint", body: `{"content":{"` + secret + `":1}}`},
	} {
		q.token, q.header = r.operator(), ifMatch(1)
		r.named(http.StatusBadRequest, where, q)
	}
	if text := r.logs.String(); strings.Contains(text, "sk_live") || !strings.Contains(text, "notifications.*") {
		t.Errorf("log: %s", text)
	}
}
