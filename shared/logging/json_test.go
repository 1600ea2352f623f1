package logging_test

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

func TestShape(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, doc, want string }{
		{"values", `{"b":"Asha","a":919000079999,"c":true,"d":null,"e":1e999}`, `{a:number,b:string,c:bool,d:null,e:number}`},
		{"lists", `[{"entry":[{"id":"1"},{"id":2}]},7]`, `[{entry:[{id:string}]}]`},
		{"empty", `{"a":{},"b":[]}`, `{a:{},b:[]}`},
		{"a_name_with_a_number", `{"n9000079999":1}`, `{unreadable:number}`},
		{"a_name_that_is_a_sentence", `{"please stop":1,"Asha":2,"":3}`, `{unreadable:number,unreadable:number,unreadable:number}`},
		{"no_JSON", `STOP`, `no JSON, 4 bytes`},
		{"nothing", ``, `no JSON, 0 bytes`},
		{"text", `"STOP"`, `string`},
	} {
		if got := logging.Shape([]byte(tc.doc)); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}

// A document of any size and depth has a shape that fits a log line.
func TestShapeIsBounded(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]string{
		"deep":  strings.Repeat(`{"abcdefghijklmnopqrst":`, 500) + "1" + strings.Repeat("}", 500),
		"wide":  `{` + strings.Repeat(`"a":1,`, 5000) + `"b":2}`,
		"lists": strings.Repeat(`[`, 500) + strings.Repeat(`]`, 500),
	} {
		if got := logging.Shape([]byte(doc)); len(got) > 700 {
			t.Errorf("%s: %d bytes", name, len(got))
		}
	}
}
