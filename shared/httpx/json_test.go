package httpx_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		body string
		want string
	}{
		{"object", `{"a":[1,2,{"b":null}]}`, ""},
		{"brackets_in_strings", `["[[[[[[\"[[[","{{{{\\"]`, ""},
		{"at_the_depth", `[[[[1]]]]`, ""},
		{"too_deep", `[[[[[1]]]]]`, "the JSON is nested too deeply (byte 4)"},
		{"too_deep_mixed", `{"a":[{"b":[{"c":1}]}]}`, "the JSON is nested too deeply (byte 12)"},
		{"not_utf8", "{\"a\":\"\xff\"}", "the body is not UTF-8 (byte 6)"},
		{"truncated_rune", "\"\xe2\x82", "the body is not UTF-8 (byte 1)"},
		{"replacement_character_itself", "\"\uFFFD\"", ""},
		{"truncated", `{"a":` + `"` + marker, "the body is not valid JSON (byte 19)"},
		{"trailing", `{} ` + marker, "the body is not valid JSON (byte 4)"},
		{"empty", ``, "the body is not valid JSON (byte 0)"},
		{"two_values", `1 2`, "the body is not valid JSON (byte 3)"},
		{"unbalanced", `]`, "the body is not valid JSON (byte 1)"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := httpx.CheckJSON([]byte(tc.body), 4)
			if tc.want == "" {
				if err != nil {
					t.Errorf("got %v, want nil", err)
				}
				return
			}
			if !fault.Is(err, fault.Invalid) || err.Error() != tc.want {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

type decoded struct {
	Name  string            `json:"name"`
	Count int8              `json:"count"`
	Price float64           `json:"price"`
	On    bool              `json:"on"`
	List  []string          `json:"list"`
	Map   map[string]string `json:"map"`
	Inner *struct {
		Deep string `json:"deep"`
	} `json:"inner"`
	Own strict `json:"own"`
}

// strict has a decoder of its own, whose error quotes the value or is one of ours.
type strict struct{}

func (s *strict) UnmarshalJSON(b []byte) error {
	if string(b) == `"ours"` {
		return fault.Field("own", "is ours")
	}
	return fmt.Errorf("bad value %s", b)
}

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		body  string
		field string
		msg   string
	}{
		{"good", `{"name":"a","count":1,"unknown":{"x":1}}`, "", ""},
		{"empty", " \n", "", "the body is empty"},
		{"string", `{"name":5}`, "name", "must be a string"},
		{"integer", `{"count":"` + marker + `"}`, "count", "must be a whole number in range"},
		{"integer_out_of_range", `{"count":300}`, "count", "must be a whole number in range"},
		{"float", `{"price":"` + marker + `"}`, "price", "must be a number"},
		{"bool", `{"on":"` + marker + `"}`, "on", "must be true or false"},
		{"array", `{"list":{"` + marker + `":1}}`, "list", "must be an array"},
		{"object", `{"map":"` + marker + `"}`, "map", "must be an object"},
		{"nested", `{"inner":{"deep":[]}}`, "inner.deep", "must be a string"},
		{"whole_body", `["` + marker + `"]`, "", "the body must be an object"},
		{"own_decoder", `{"own":"` + marker + `"}`, "", "the body has a value of a wrong form"},
		{"own_decoder_with_a_fault", `{"own":"ours"}`, "own", "is ours"},
		{"too_deep", strings.Repeat("[", httpx.MaxDepth+1), "", fmt.Sprintf("the JSON is nested too deeply (byte %d)", httpx.MaxDepth)},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := httpx.DecodeJSON([]byte(tc.body), &decoded{})
			if tc.msg == "" {
				if err != nil {
					t.Errorf("got %v, want nil", err)
				}
				return
			}
			field, msg := fault.Public(err)
			if !fault.Is(err, fault.Invalid) || field != tc.field || msg != tc.msg {
				t.Errorf("got %v: %q, %q, want invalid: %q, %q", err, field, msg, tc.field, tc.msg)
			}
			if strings.Contains(err.Error(), marker) {
				t.Errorf("%q quotes the input", err)
			}
		})
	}
}

func FuzzCheckJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,"\"",{"b":null}]}`, `[[[[[]]]]]`, "\"\xff\"", `{"a":`, ``, `"\u00zz"`, `[1,2]]`, `1e1000`, `null`} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, body []byte, depth int) {
		err := httpx.CheckJSON(body, depth)
		if err == nil && !json.Valid(body) {
			t.Error("what was checked is no JSON")
		}
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("got %v, want an invalid error", err)
		}
	})
}

func FuzzDecodeJSON(f *testing.F) {
	for _, s := range []string{`{"name":"a","inner":{"deep":"x"}}`, `{"count":1e3}`, `{"list":[1]}`, `{"own":1}`, `[]`, `{"name":"\ud800"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := httpx.DecodeJSON(body, &decoded{}); err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("got %v, want an invalid error", err)
		}
	})
}

func TestDecodeJSONRefusesNull(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		into any
		want string
	}{
		{&decoded{}, "the body must be an object"}, {&map[string]string{}, "the body must be an object"}, {&[]string{}, "the body must be an array"},
	} {
		err := httpx.DecodeJSON([]byte(" null\n"), tc.into)
		if !fault.Is(err, fault.Invalid) || err.Error() != tc.want {
			t.Errorf("into %T: got %v, want %q", tc.into, err, tc.want)
		}
	}
}
