package canary

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// drawn returns a body of the same form whose values are drawn again, from letters and digits that no sample has three of in a row. Words of
// closed lists stay.
func drawn(r *rand.Rand, name string, v any) any {
	switch v := v.(type) {
	case []member:
		object := make([]member, len(v))
		for i, f := range v {
			object[i] = member{f.name, drawn(r, f.name, f.value)}
		}
		return object
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = drawn(r, name, e)
		}
		return list
	case json.Number:
		return json.Number(redrawn(r, v.String()))
	case string:
		if words()[word{name, v}] {
			return v
		}
		return redrawn(r, v)
	default:
		return v
	}
}

func redrawn(r *rand.Rand, s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= '0' && c <= '9':
			return rune("2345689"[r.IntN(7)])
		case c >= 'A' && c <= 'Z':
			return rune("QZXJV"[r.IntN(5)])
		case c >= 'a' && c <= 'z':
			return rune("qzxjv"[r.IntN(5)])
		case c > 0x7f:
			return 'ζ'
		default:
			return c
		}
	}, s)
}

// encode writes what ordered has read.
func encode(v any) string {
	switch v := v.(type) {
	case []member:
		var fields []string
		for _, f := range v {
			fields = append(fields, quote(f.name)+":"+encode(f.value))
		}
		return "{" + strings.Join(fields, ",") + "}"
	case []any:
		var list []string
		for _, e := range v {
			list = append(list, encode(e))
		}
		return "[" + strings.Join(list, ",") + "]"
	case json.RawMessage:
		return string(v)
	case string:
		return quote(v)
	default:
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return string(text)
	}
}

// pieces are all runs of three letters and digits of a body's values that are no words of closed lists.
func pieces(body []byte) map[string]bool {
	all := map[string]bool{}
	walk(body, func(name, value string) {
		if words()[word{name, value}] {
			return
		}
		runes := []rune(value)
		for i := range max(len(runes)-2, 0) {
			piece := string(runes[i : i+3])
			if !strings.ContainsAny(piece, " \n.,:;/@+-_=()#?!<>{}[]\"'~|&%$*\\") {
				all[piece] = true
			}
		}
	})
	return all
}

// TestMaskKeepsNoValue draws values for every fixture, ten times, and holds that no three characters of one are in what is kept of it.
func TestMaskKeepsNoValue(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	looked := 0
	for _, f := range fixtures(t) {
		v := ordered(f.body)
		for range 10 {
			body := []byte(encode(drawn(r, "", v)))
			if v == nil {
				body = []byte(redrawn(r, string(f.body)))
			}
			kept := pieces(mask(body))
			for piece := range pieces(body) {
				looked++
				if kept[piece] {
					t.Fatalf("%s: %q of a value is kept:\n%s\n%s", f.file, piece, body, mask(body))
				}
			}
		}
	}
	if looked < 10_000 {
		t.Errorf("looked at %d pieces of values, want thousands", looked)
	}
}

// TestMask holds what the samples of values look like.
func TestMask(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, body, want string }{
		{"phones", `{"from":"919812345678","to":"+919812345678","local":"9812345678","again":"919812345678"}`, `{"from":"919000000001","to":"+919000000002","local":"9000000003","again":"919000000001"}`},
		{"times", `{"a":"1795000201","b":1795000201,"c":1795000201000,"d":"2026-11-20T04:50:12.123Z","e":"2026-11-20 04:50"}`, `{"a":"1700000001","b":1700000002,"c":1700000000003,"d":"2001-01-01T00:00:00.000Z","e":"2001-01-01 00:00"}`},
		{"ids", `{"id":"wamid.HBgMOTE5xx==","gsId":"5a1d0f6e-2222-4333-8444-0123456789ab","user":"IN.9Zk3","n":131026,"f":-0.0042}`, `{"id":"wamid.AAaAAAA0a1==","gsId":"00000000-0000-4000-8000-000000000002","user":"IN.0Aa3","n":100004,"f":-1.1111}`},
		{"words", `{"type":"text","object":"whatsapp_business_account","kind":"text","name":"Asha","note":"Asha, call me","CODE":"STOP","ok":true,"none":null,"empty":""}`, `{"type":"text","object":"whatsapp_business_account","kind":"word","name":"word","note":"some text","CODE":"WORD","ok":true,"none":null,"empty":""}`},
		{"addresses", `{"u":"https://shop.example.com/?p=919812345678","m":"asha@shop.example.com"}`, `{"u":"https://example.test/1","m":"someone2@example.test"}`},
		{"names", `{"919812345678":1,"Asha S":{"x":2}}`, `{"1":1,"2":{"x":1}}`},
		{"lists", `{"l":[{"a":1},{"a":2},{"b":3}],"m":["x","y"]}`, `{"l":[{"a":1},{"b":1}],"m":["word"]}`},
		{"no_json", "phone=919812345678&text=आशा STOP", "xxxxx=000000000000&xxxx=xxx xxxx"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, string(mask([]byte(tc.body)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestMaskOfALongBody holds that a fixture is bounded, and that a long list of one form is a short one.
func TestMaskOfALongBody(t *testing.T) {
	t.Parallel()
	if got := mask([]byte(`{"l":[` + strings.Repeat(`{"a":1},`, 50_000) + `{"a":1}]}`)); string(got) != `{"l":[{"a":1}]}` {
		t.Errorf("got %.100s", got)
	}
	wide := "{" + strings.Repeat(`"a":"x y",`, 10_000) + `"b":1}`
	if got := mask([]byte(wide)); got != nil {
		t.Errorf("got %d bytes, want none", len(got))
	}
	if got := mask([]byte(strings.Repeat("x", 1<<20))); len(got) != maxPlain {
		t.Errorf("got %d bytes of what is no JSON, want %d", len(got), maxPlain)
	}
}

// TestMaskedIsRead holds that providers read a masked callback as they read the callback: that makes it a fixture.
func TestMaskedIsRead(t *testing.T) {
	t.Parallel()
	providers := catalog.New(catalog.Config{})
	app := provider.App{Signing: []config.Secret{config.NewSecret("s")}, ProviderIDs: map[string]string{}}
	same, all := 0, 0
	for _, f := range fixtures(t) {
		p, _ := providers.Get(f.provider)
		source, ok := p.(provider.WebhookSource)
		if f.door != Callback || !ok || f.provider == meta.Name && strings.Contains(f.file, "other") {
			continue
		}
		all++
		want, err := provider.ReadWebhook(source, app, f.body)
		got, maskedErr := provider.ReadWebhook(source, app, mask(f.body))
		if (err == nil) != (maskedErr == nil) {
			t.Errorf("%s: got %v, masked %v", f.file, err, maskedErr)
		}
		if cmp.Equal(kinds(want), kinds(got)) {
			same++
		} else {
			t.Logf("%s: got %v, masked %v", f.file, kinds(want), kinds(got))
		}
	}
	if same*100 < all*90 {
		t.Errorf("%d of %d masked callbacks are read as the callback is, want nine of ten", same, all)
	}
	t.Logf("%d of %d masked callbacks are read as the callback is", same, all)
}

// kinds are the kinds of events, each once: a list in a masked body is shorter.
func kinds(events []provider.Event) map[provider.Kind]bool {
	all := map[provider.Kind]bool{}
	for _, e := range events {
		all[e.Kind] = true
	}
	return all
}
