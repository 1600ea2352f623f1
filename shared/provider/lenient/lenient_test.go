package lenient

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fields is one value, read in every way.
type fields struct {
	T Text   `json:"t"`
	N Number `json:"n"`
	B Truth  `json:"b"`
}

func TestTypes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		raw  string
		text Text
		num  Number
		is   Truth
	}{
		{`"7"`, "7", 7, Truth{}},
		{`7`, "7", 7, Truth{}},
		{`-7`, "-7", -7, Truth{}},
		{`7.9`, "7.9", 7, Truth{}},
		{`1.78e12`, "1.78e12", 1_780_000_000_000, Truth{}},
		{`1e400`, "1e400", 0, Truth{}},
		{`99999999999999999999`, "99999999999999999999", 0, Truth{}},
		{`" 8 "`, " 8 ", 8, Truth{}},
		{`"NaN"`, "NaN", 0, Truth{}},
		{`"é"`, "é", 0, Truth{}},
		{`true`, "", 0, Truth{Set: true, Value: true}},
		{`"True"`, "True", 0, Truth{Set: true, Value: true}},
		{`false`, "", 0, Truth{Set: true}},
		{`"false"`, "false", 0, Truth{Set: true}},
		{`null`, "", 0, Truth{}},
		{`{}`, "", 0, Truth{}},
		{`["7"]`, "", 0, Truth{}},
	}
	for _, tc := range tests {
		got := fields{T: "before", N: 1, B: Truth{Set: true, Value: true}}
		raw := `{"t":` + tc.raw + `,"n":` + tc.raw + `,"b":` + tc.raw + `}`
		if err := json.Unmarshal([]byte(raw), &got); err != nil {
			t.Errorf("%s: %v", tc.raw, err)
		}
		if got.T != tc.text || got.N != tc.num || got.B != tc.is {
			t.Errorf("%s: got %q, %d, %v, want %q, %d, %v", tc.raw, got.T, got.N, got.B, tc.text, tc.num, tc.is)
		}
	}
}

func TestMillis(t *testing.T) {
	t.Parallel()
	tests := map[Number]int64{
		0: 0, -5: 0, 1: 1000, 1_780_000_106: 1_780_000_106_000, 1_780_000_106_123: 1_780_000_106_123,
		99_999_999_999: 99_999_999_999_000, 100_000_000_000: 100_000_000_000, 9_000_000_000_000_000: 0,
	}
	for n, want := range tests {
		if got := n.Millis(); got != want {
			t.Errorf("%d: got %d, want %d", n, got, want)
		}
	}
}

func TestDigits(t *testing.T) {
	t.Parallel()
	tests := map[Text]string{
		"919000000007": "919000000007", "+91 9000000007": "919000000007", "": "", "callbackSetPhone": "",
		"1234": "", "1234567890123456": "", "IN.7392": "", "IN.9000000007": "", "whatsapp:+919000000007": "",
		"91-9000000007": "919000000007", "+91\u00a090000 00007": "919000000007", "\u202a919000000007\u202c": "919000000007",
		"＋９１９００００００００７": "919000000007", "+९१९००००००००७": "919000000007", "tel:+91-90000-00007": "919000000007",
		"919000000007.0": "919000000007", "'919000000007": "919000000007", "00919000000007": "919000000007",
		"120363040000000001@g.us": "", "9.19e11": "", "919000000007x1": "",
	}
	for in, want := range tests {
		if got := Digits(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestDistinct(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{"a", "b"}, Distinct("", "a", "b", "a", "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Distinct("", ""); got != nil {
		t.Errorf("got %q, want none", got)
	}
}

func TestMillisOfFractions(t *testing.T) {
	t.Parallel()
	for n, want := range map[float64]int64{
		1_780_000_105.7: 1_780_000_105_000, 0.5: 0, lastMillis: lastMillis, lastMillis + 1: 0, math.Inf(1): 0, 1e300: 0,
	} {
		if got := epochMillis(n); got != want {
			t.Errorf("%v: got %d, want %d", n, got, want)
		}
	}
	if got := epochMillis(math.NaN()); got != 0 {
		t.Errorf("NaN: got %d, want 0", got)
	}
}

func TestCase(t *testing.T) {
	t.Parallel()
	if got := Text("Aé1").Upper(); got != "AÉ1" {
		t.Errorf("upper: got %q", got)
	}
	if got := Text("AÉ1").Lower(); got != "aé1" {
		t.Errorf("lower: got %q", got)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	type part struct {
		ID   Text `json:"id"`
		Name struct {
			First Text `json:"first"`
		} `json:"name"`
		Parts []struct{} `json:"parts"`
	}
	tests := map[string]struct {
		raw, id string
		ok      bool
	}{
		"as_expected":    {`{"name":{"first":"a"},"id":7}`, "7", true},
		"odd_field":      {`{"name":"whole","parts":{},"id":"x"}`, "x", true},
		"null":           {`null`, "", true},
		"another_kind":   {`["x"]`, "", false},
		"a_word":         {`"x"`, "", false},
		"not_json":       {`<html>`, "", false},
		"cut":            {`{"id":"x"`, "", false},
		"nothing":        {``, "", false},
		"more_than_json": {`{"id":"x"} {}`, "", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p part
			if err := Decode([]byte(tc.raw), &p); (err == nil) != tc.ok || string(p.ID) != tc.id {
				t.Errorf("got %q, %v, want %q, %v", p.ID, err, tc.id, tc.ok)
			}
		})
	}
}

// FuzzTypes holds that no JSON value breaks a field, and that texts and numbers agree with the standard decoder's.
func FuzzTypes(f *testing.F) {
	for _, raw := range []string{
		`"7"`, `-7.9`, `1.78e12`, `1e400`, `" 8 "`, `"NaN"`, `"\u00e9\ud800"`, `"True"`, `false`, `null`, `{}`, `["7"]`, "\"\xff\"",
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v any
		if json.Unmarshal(raw, &v) != nil {
			return
		}
		var got fields
		if err := json.Unmarshal([]byte(`{"t":`+string(raw)+`,"n":`+string(raw)+`,"b":`+string(raw)+`}`), &got); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if s, ok := v.(string); ok && string(got.T) != s {
			t.Errorf("%s: got text %q, want %q", raw, got.T, s)
		}
		if b, ok := v.(bool); ok && got.B != (Truth{Set: true, Value: b}) {
			t.Errorf("%s: got %+v", raw, got.B)
		}
		if n, ok := v.(float64); ok && math.Abs(n) < lastMillis && got.N != Number(n) {
			t.Errorf("%s: got %d, want %d", raw, got.N, Number(n))
		}
		if at := got.N.Millis(); at < 0 || at > lastMillis {
			t.Errorf("%s: got the time %d", raw, at)
		}
	})
}

func TestList(t *testing.T) {
	t.Parallel()
	tests := []struct {
		raw  string
		want []string
	}{
		{`[]`, []string{}},
		{` [ 1 , "a,]\"\\" , {"b":[2,{"c":"}"}]},[],null ] `, []string{`1`, `"a,]\"\\"`, `{"b":[2,{"c":"}"}]}`, `[]`, `null`}},
		{`["\\\\","x"]`, []string{`"\\\\"`, `"x"`}},
		{`{"a":1}`, []string{`{"a":1}`}},
		{`"text"`, []string{`"text"`}},
		{`7`, []string{`7`}},
		{`null`, nil},
	}
	for _, tc := range tests {
		var got struct {
			L List `json:"l"`
		}
		if err := json.Unmarshal([]byte(`{"l":`+tc.raw+`}`), &got); err != nil {
			t.Fatalf("%s: %v", tc.raw, err)
		}

		var list []string
		if got.L != nil {
			list = []string{}
		}
		for _, item := range got.L {
			list = append(list, string(item))
		}
		if diff := cmp.Diff(tc.want, list); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.raw, diff)
		}
	}
}

// FuzzList holds the list's own way of taking an array apart to the decoder's.
func FuzzList(f *testing.F) {
	for _, raw := range []string{`[]`, `[1,"a,]\"\\",{"b":[2]},[],null]`, `{"a":[]}`, `"x"`, `null`, `[[[]],[{}]]`, "[\n1 ,\t2 ]"} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want []json.RawMessage
		if !json.Valid(raw) || json.Unmarshal(raw, &want) != nil {
			return
		}
		var got List
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, []json.RawMessage(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestReplace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, object string
		fields       map[string]any
		want         string
	}{
		{"other_values", `{"b":1,"a":"<é>"}`, map[string]any{"b": []json.RawMessage{json.RawMessage(`{"c":"<"}`)}}, `{"a":"<é>","b":[{"c":"<"}]}`},
		{"a_field_more", `{"a":1}`, map[string]any{"b": "x"}, `{"a":1,"b":"x"}`},
		{"taken_away", `{"a":1,"b":[2],"c":3}`, map[string]any{"b": []json.RawMessage(nil), "c": List{}}, `{"a":1}`},
		{"no_object", `[1]`, map[string]any{"a": 1}, `[1]`},
		{"null", `null`, map[string]any{"a": 1}, `null`},
		{"what_is_not_JSON", `{"a":1}`, map[string]any{"a": json.RawMessage(`{`)}, `{"a":1}`},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := string(Replace(json.RawMessage(tc.object), tc.fields)); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
