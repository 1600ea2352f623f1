package canary

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParts holds what the parts of a body are.
func TestParts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body string
		want       []string
	}{
		{"names_and_types", `{"a":"x","b":1,"c":true,"d":null,"e":{},"f":[]}`, []string{" {a:string,b:number,c:bool,d:null,e:object,f:list}", ".e {}"}},
		{"order_does_not_matter", ` { "b" : 1.5e3 , "a" : "y\"z" } `, []string{" {a:string,b:number}"}},
		{"inner_objects_are_parts", `{"a":{"b":{"c":1}}}`, []string{" {a:object}", ".a {b:object}", ".a.b {c:number}"}},
		{"elements_are_merged", `{"l":[{"a":1},{"b":2},{"a":3}]}`, []string{" {l:list}", ".l[] {a:number}", ".l[] {b:number}"}},
		{"lists_of_words", `{"l":["a","b",1,[true]]}`, []string{" {l:list}", ".l[] list", ".l[] number", ".l[] string", ".l[][] bool"}},
		{"strange_names", `{"919000000001":{"Asha S":1},"\u0061":2,"":3,"id_12345":4,"x2":5}`, []string{" {*:number,*:object,x2:number}", ".* {*:number}"}},
		{"a_name_twice", `{"a":1,"a":2,"a":"x"}`, []string{" {a:number,a:string}"}},
		{"no_object", `[{"a":1}]`, []string{" list", "[] {a:number}"}},
		{"a_mark_before", "\xef\xbb\xbf" + `{"a":1}`, []string{" {a:number}"}},
		{"cut", `{"a":1`, []string{notJSON}},
		{"more_behind", `{} {}`, []string{notJSON}},
		{"comma_too_many", `{"a":1,}`, []string{notJSON}},
		{"too_deep", strings.Repeat("[", 70) + strings.Repeat("]", 70), []string{notJSON}},
		{"a_form", `a=b&c=d`, []string{notJSON}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, parts([]byte(tc.body))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestManyFields holds that an object with more fields than any has an outline of bounded length.
func TestManyFields(t *testing.T) {
	t.Parallel()
	body := map[string]int{}
	for i := range 10_000 {
		body[strings.Repeat("x", i%60)+string(rune('a'+i%26))+strings.Repeat("y", i/26%3)] = i
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	got := parts(text)
	if len(got) != 1 || len(got[0]) > maxFields*(maxName+10) || !strings.HasSuffix(got[0], ",…}") {
		t.Errorf("got %d parts, the first of %d bytes", len(got), len(got[0]))
	}
}

func FuzzScan(f *testing.F) {
	for _, fixture := range fixtures(f) {
		f.Add(fixture.body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		ok := scan(body, func(_, _ []byte, depth int) {
			if depth > maxDepth+1 {
				t.Errorf("told of a part at depth %d", depth)
			}
		})
		if !ok && json.Valid(body) && strings.Count(string(body), "[")+strings.Count(string(body), "{") < maxDepth {
			t.Errorf("JSON is taken for none: %q", body)
		}
		if masked := mask(body); json.Valid(body) && len(masked) > 0 && !json.Valid(masked) {
			t.Errorf("masked it is no JSON: %q", masked)
		}
	})
}

// BenchmarkScan is what each callback costs: of the fixtures, one after the other.
func BenchmarkScan(b *testing.B) {
	all := fixtures(b)
	w := NewWatch(nil)
	bytes := 0
	for _, f := range all {
		w.unknown(Body{Provider: f.provider, Door: f.door, Data: f.body})
		bytes += len(f.body)
	}
	b.SetBytes(int64(bytes / len(all)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f := all[i%len(all)]
		if w.See(Body{Provider: f.provider, Door: f.door, Data: f.body}) != nil {
			b.Fatal("a fixture is news")
		}
	}
}
