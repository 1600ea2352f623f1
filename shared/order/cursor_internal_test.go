package order

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// depthOf is the nesting of a JSON text that is known to be sound.
func depthOf(data []byte) int {
	depth, deepest := 0, 0
	d := json.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		if err != nil {
			return deepest
		}
		if delim, ok := token.(json.Delim); ok {
			if delim == '{' || delim == '[' {
				depth++
				deepest = max(deepest, depth)
			} else {
				depth--
			}
		}
	}
}

func addDocuments(f *testing.F, dirs ...string) {
	f.Helper()
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join("..", "..", "testdata", dir, "*.json"))
		if err != nil || len(files) == 0 {
			f.Fatalf("no fixtures: %v", err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	for _, text := range []string{
		``, `{}`, `[]`, `null`, `{"a":[1,-0.5e+7,"\u00e9\n",true,false,null,{}]}`, `{"a":1,}`, `{"a" : "\x"}`, `[1,]`, `{"a":01}`,
		`{"status_log":[{"status":"delivered","updatedAt":1},{"lost":["2024-01-01",{"date":5}]}]}`, "{\"a\":\"\xff\"}", `-`, `1.`,
		`{"isWhatsAppEnabledForNotifications":"1","isWhatsAppEnabledForNotification\u0073":0}`, ` { } `, "\ufeff{}", "{\"a\":\x00}",
		`{"response_data":{"items":[{"additionalProductInfo":{"productDetails":{"additionalNames":{"ean":1}}}}]}}`,
	} {
		f.Add([]byte(text))
	}
}

// FuzzCursor holds the reader against the standard library: it accepts the same documents, down to its depth.
func FuzzCursor(f *testing.F) {
	addDocuments(f, "events")
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &cursor{text: string(data)}
		c.skip()
		got := c.finished()
		want := json.Valid(data)
		if got == want {
			return
		}
		if want && depthOf(data) > maxDepth {
			return
		}
		t.Fatalf("accepted: got %v, want %v", got, want)
	})
}

// FuzzScalar holds the texts of scalars against the standard library.
func FuzzScalar(f *testing.F) {
	for _, text := range []string{`"a"`, `"\u00e9\ud83d\ude00"`, `"\ud800"`, "\"\xff\"", `1.50`, `true`, `null`, `" a "`, `"\/"`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			return
		}
		c := &cursor{text: text}
		got := c.scalar()
		if !c.finished() {
			if depthOf([]byte(text)) > maxDepth {
				return
			}
			t.Fatal("a sound value was refused")
		}
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var value any
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		want := ""
		switch v := value.(type) {
		case string:
			want = strings.TrimSpace(v)
		case json.Number:
			want = v.String()
		case bool:
			want = map[bool]string{true: "true", false: "false"}[v]
		}
		if got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func FuzzParseEvent(f *testing.F) {
	addDocuments(f, "events")
	keys, err := NewKeyer([]byte("an invented secret of the tests!"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := ParseEvent(data, map[string]string{"resource": "shipment", "eventSubType": "lost"}, time.UTC)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrNotObject) {
				t.Fatalf("got %v", err)
			}
			if text := []byte(readable(data)); json.Valid(text) && bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) && depthOf(data) <= maxDepth {
				t.Fatalf("a sound object was refused: %v", err)
			}
			return
		}
		if !json.Valid([]byte(readable(data))) {
			t.Fatal("a broken document was accepted")
		}
		if !bytes.Equal(e.Raw, data) {
			t.Fatal("Raw is not the document")
		}
		if !isDigits(e.AccountID+"0") || !isDigits(e.OrderID+"0") {
			t.Fatalf("ids are not digits: %q %q", e.AccountID, e.OrderID)
		}
		if kind := (Kind{canonicalResource(e.Resource), canonicalSubType(e.SubType)}); kind != e.Kind() {
			t.Fatalf("kind %s is not canonical: %s", e.Kind(), kind)
		}
		for status := range e.StatusTimes {
			if !known(Kind{e.Resource, status}) {
				t.Fatalf("status time of %q", status)
			}
		}
		again, err := ParseEvent(e.Raw, e.Attributes(), time.UTC)
		if err != nil || keys.Occurrence("811", again) != keys.Occurrence("811", e) {
			t.Fatalf("published again it is another occurrence: %v", err)
		}
		if keys.Former("811", again) != keys.Former("811", e) {
			t.Fatal("published again it is another occurrence by the key from before the repeat rules")
		}
		checkRepeat(t, keys, e)
	})
}

// checkRepeat asserts what the event's repeat rule says of its key: an hour or a day later it is the same occurrence or another.
func checkRepeat(t *testing.T, keys Keyer, e Event) {
	t.Helper()
	rule := each
	if entry := find(e.Kind()); entry != nil {
		rule = entry.Repeat
	}

	sameDay, nextDay := e, e
	sameDay.OccurredAt = e.OccurredAt.Add(time.Hour)
	nextDay.OccurredAt, nextDay.OccurredDay = e.OccurredAt.Add(24*time.Hour), e.OccurredDay+" and the next"
	for _, tt := range []struct {
		name  string
		later Event
		same  bool
	}{
		{"an hour later", sameDay, rule != each || !e.OccurredKnown},
		{"a day later", nextDay, rule == once || rule == oncePerOrder || !e.OccurredKnown},
	} {
		if same := keys.Occurrence("811", tt.later) == keys.Occurrence("811", e); same != tt.same {
			t.Fatalf("%s, %s: the same occurrence: %t, want %t", e.Kind(), tt.name, same, tt.same)
		}
	}
}

func FuzzParseOrder(f *testing.F) {
	addDocuments(f, "orders")
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := ParseOrder(data)
		text := []byte(readable(data))
		if len(text) != len(data) {
			t.Fatal("the text has another length")
		}
		sound := json.Valid(text) && bytes.HasPrefix(bytes.TrimSpace(text), []byte("{"))
		if json.Valid(data) && !sound && bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
			t.Fatal("a sound object became unsound")
		}
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrNotObject) {
				t.Fatalf("got %v", err)
			}
			if sound && depthOf(data) <= maxDepth {
				t.Fatalf("a sound object was refused: %v", err)
			}
			return
		}
		if !sound {
			t.Fatal("a broken document was accepted")
		}
		if !isDigits(o.ID+"0") || !isDigits(o.AccountID+"0") {
			t.Fatalf("ids are not digits: %q %q", o.ID, o.AccountID)
		}
	})
}

func FuzzSetWhatsAppKey(f *testing.F) {
	addDocuments(f, "orders")
	f.Fuzz(func(t *testing.T, data []byte) {
		before := slices.Clone(data)
		out, err := SetWhatsAppKey(data, "1")
		if !bytes.Equal(before, data) {
			t.Fatal("the input was changed")
		}
		var members map[string]json.RawMessage
		decoded := json.Unmarshal([]byte(readable(data)), &members)
		if err != nil {
			if decoded == nil && members != nil && depthOf(data) <= maxDepth {
				t.Fatalf("a sound object was refused: %v", err)
			}
			return
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal([]byte(readable(out)), &got); err != nil {
			t.Fatalf("the result is broken: %v", err)
		}
		if string(got[whatsAppKey]) != `"1"` {
			t.Fatalf("the key is %s", got[whatsAppKey])
		}
		delete(got, whatsAppKey)
		_, had := members[whatsAppKey]
		delete(members, whatsAppKey)
		if len(got) != len(members) {
			t.Fatalf("got %d other members, want %d", len(got), len(members))
		}
		if again, err := SetWhatsAppKey(out, "1"); err != nil || !bytes.Equal(again, out) {
			t.Fatalf("setting it twice differs: %v", err)
		}
		if !had {
			checkRemoval(t, data, out)
		}
	})
}

// checkRemoval takes the added member out again: the bytes of before must be left.
func checkRemoval(t *testing.T, before, after []byte) {
	t.Helper()
	member := []byte(`"` + whatsAppKey + `":"1"`)
	at := bytes.LastIndex(after, member)
	if at < 0 {
		t.Fatal("the member was not added")
	}
	start := at
	if start > 0 && after[start-1] == ',' {
		start--
	}
	left := slices.Concat(after[:start], after[at+len(member):])
	if !bytes.Equal(left, before) {
		t.Fatalf("without the key: got %q, want %q", left, before)
	}
}
