package order_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

func TestSetWhatsAppKey(t *testing.T) {
	t.Parallel()
	const key = `"isWhatsAppEnabledForNotifications"`
	tests := []struct{ name, in, want string }{
		{"appended", `{"a":1}`, `{"a":1,` + key + `:"1"}`},
		{"empty_object", `{}`, `{` + key + `:"1"}`},
		{"empty_object_with_space", " { \n} ", " { \n" + key + ":\"1\"} "},
		{"number_spelling", `{"subTotal": 1000.0, "x": 1E+2, "y": -0.0}`, `{"subTotal": 1000.0, "x": 1E+2, "y": -0.0,` + key + `:"1"}`},
		{"key_order_and_duplicates", `{"z":1,"a":2,"z":3}`, `{"z":1,"a":2,"z":3,` + key + `:"1"}`},
		{"white_space", "{\n  \"a\" : [ 1 , 2 ]\n}\n", "{\n  \"a\" : [ 1 , 2 ]," + key + ":\"1\"\n}\n"},
		{"escapes_stay", `{"a":"\u00e9\/<é"}`, `{"a":"\u00e9\/<é",` + key + `:"1"}`},
		{"replaced_in_place", `{"a":1,` + key + `:"0","b":2}`, `{"a":1,` + key + `:"1","b":2}`},
		{"replaced_number", `{` + key + ` : 0 }`, `{` + key + ` : "1" }`},
		{"replaced_object", `{` + key + `:{"a":[1]},"b":2}`, `{` + key + `:"1","b":2}`},
		{"every_duplicate", `{` + key + `:"0","a":1,` + key + `:false}`, `{` + key + `:"1","a":1,` + key + `:"1"}`},
		{"escaped_spelling", `{"isWhatsAppEnabledForNotification\u0073":null}`, `{"isWhatsAppEnabledForNotification\u0073":"1"}`},
		{"nested_key_is_another", `{"a":{` + key + `:"0"},"b":[{` + key + `:"0"}]}`, `{"a":{` + key + `:"0"},"b":[{` + key + `:"0"}],` + key + `:"1"}`},
		{"other_case_is_another", `{"iswhatsappenabledfornotifications":"0"}`, `{"iswhatsappenabledfornotifications":"0",` + key + `:"1"}`},
		{"value_that_looks_like_it", `{"a":"isWhatsAppEnabledForNotifications"}`, `{"a":"isWhatsAppEnabledForNotifications",` + key + `:"1"}`},
		{"byte_order_mark", "\ufeff{\"a\":1}", "\ufeff{\"a\":1," + key + ":\"1\"}"},
		{"byte_order_mark_and_nothing", "\ufeff {}", "\ufeff {" + key + ":\"1\"}"},
		{"replaced_after_a_byte_order_mark", "\ufeff{" + key + ":\"0\"}", "\ufeff{" + key + ":\"1\"}"},
		{"not_utf8_between_values", "{\xa0\"a\":1,\xff\"b\":\"\\\"\xfe\"\xa0}\xa0", "{\xa0\"a\":1,\xff\"b\":\"\\\"\xfe\"," + key + ":\"1\"\xa0}\xa0"},
		{"not_utf8", "{\"a\":\"\xff\"}", "{\"a\":\"\xff\"," + key + ":\"1\"}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := []byte(tt.in)
			got, err := order.SetWhatsAppKey(in, "1")
			if err != nil {
				t.Fatalf("SetWhatsAppKey: %v", err)
			}
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if string(in) != tt.in {
				t.Error("the input was changed")
			}
		})
	}
}

func TestSetWhatsAppKeyErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, value string
		want            error
	}{
		{"nothing", ``, "1", order.ErrMalformed},
		{"truncated", `{"a":1`, "1", order.ErrMalformed},
		{"after_the_end", `{"a":1}x`, "1", order.ErrMalformed},
		{"broken_after_the_key", `{"isWhatsAppEnabledForNotifications":"0","a":}`, "1", order.ErrMalformed},
		{"html", `<html>`, "1", order.ErrMalformed},
		{"two_byte_order_marks", "\ufeff\ufeff{}", "1", order.ErrMalformed},
		{"byte_order_mark_later", "{\ufeff}", "1", order.ErrMalformed},
		{"stray_byte_in_a_number", "{\"a\":1\xff0}", "1", order.ErrMalformed},
		{"array", `[{}]`, "1", order.ErrNotObject},
		{"null", `null`, "1", order.ErrNotObject},
		{"value_that_breaks_out", `{}`, `1","x":"`, order.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := order.SetWhatsAppKey([]byte(tt.in), tt.value); !errors.Is(err, tt.want) || got != nil {
				t.Errorf("got %q, %v, want %v", got, err, tt.want)
			}
		})
	}
}

// TestSetWhatsAppKeyKeepsTheRest takes the key out of both fixtures again and compares byte by byte.
func TestSetWhatsAppKeyKeepsTheRest(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"51230077.json", "51230078.json"} {
		before := readFile(t, ordersDir, file)
		for _, value := range []string{"0", "1"} {
			after, err := order.SetWhatsAppKey(before, value)
			if err != nil {
				t.Fatalf("SetWhatsAppKey: %v", err)
			}
			member := `,"isWhatsAppEnabledForNotifications":"` + value + `"`
			if strings.Count(string(after), member) != 1 {
				t.Fatalf("%s: the key is not there once", file)
			}
			if left := bytes.Replace(after, []byte(member), nil, 1); !bytes.Equal(left, before) {
				t.Errorf("%s: other bytes have changed", file)
			}
		}
	}
}

func BenchmarkSetWhatsAppKey(b *testing.B) {
	data := readFile(b, ordersDir, "51230077.json")
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := order.SetWhatsAppKey(data, "1"); err != nil {
			b.Fatal(err)
		}
	}
}
