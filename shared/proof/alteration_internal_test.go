package proof

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
)

// alterations is how many altered files the tests check.
const alterations = 10_000

// alter returns a text with some bytes changed, put in, taken out, moved or doubled, or cut off.
func alter(r *rand.Rand, text []byte) []byte {
	at, n := r.IntN(len(text)), 1+r.IntN(40)
	end := min(at+n, len(text))
	piece := text[at:end]

	switch r.IntN(8) {
	case 0: // one bit
		out := bytes.Clone(text)
		out[at] ^= 1 << r.IntN(8)
		return out
	case 1: // one byte that such a text has elsewhere
		out := bytes.Clone(text)
		out[at] = text[r.IntN(len(text))]
		return out
	case 2: // put in
		return append(append(bytes.Clone(text[:at]), "\x00 \n{}[]\"=,:A0f\xff"[r.IntN(15)]), text[at:]...)
	case 3: // taken out
		return append(bytes.Clone(text[:at]), text[end:]...)
	case 4: // doubled
		return append(append(bytes.Clone(text[:end]), piece...), text[end:]...)
	case 5: // moved
		rest := append(bytes.Clone(text[:at]), text[end:]...)
		to := r.IntN(len(rest) + 1)
		return append(append(bytes.Clone(rest[:to]), piece...), rest[to:]...)
	case 6: // cut off
		return bytes.Clone(text[:at])
	default: // another letter case
		out := bytes.Clone(text)
		if c := out[at]; c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			out[at] ^= 0x20
		}
		return out
	}
}

// altered returns a text of a file that is another than it was.
func altered(r *rand.Rand, text []byte) []byte {
	for {
		if out := alter(r, text); !bytes.Equal(out, text) {
			return out
		}
	}
}

// TestNoAlterationOfAFileIsMissed alters the bytes of exported files, and those of what they sign, with and without a key.
func TestNoAlterationOfAFileIsMissed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	key := s.signer.Public()
	files := [][]byte{seal(t, s.signer, s.payload()), seal(t, s.signer, s.receipt())}
	for _, f := range files {
		mustVerify(t, f, Options{Key: key, DayFiles: s.files})
	}

	r, missed := rand.New(rand.NewPCG(16, 1)), 0
	for n := range alterations {
		text := files[n%len(files)]
		var e Envelope
		if err := decodeFile(text, &e); err != nil {
			t.Fatal(err)
		}
		changed := altered(r, text)
		if n%4 > 1 { // as somebody would who decodes what is signed, changes it, and encodes it again
			inner := altered(r, e.Payload)
			changed = bytes.Replace(text, []byte(base64.StdEncoding.EncodeToString(e.Payload)), []byte(base64.StdEncoding.EncodeToString(inner)), 1)
		}
		o := Options{}
		if n%8 > 3 {
			o.Key = key
		}
		if _, err := Verify(changed, o); err == nil {
			missed++
			t.Errorf("alteration %d of %d bytes to %d passes", n, len(text), len(changed))
		} else if leaks(err, s) {
			t.Errorf("alteration %d: the error has content of the file: %v", n, err)
		}
	}
	t.Logf("%d alterations, %d missed", alterations, missed)
}

// leaks reports whether an error has anything that the files of the stage hold.
func leaks(err error, s *stage) bool {
	for _, e := range s.ledgers[asha] {
		for _, content := range []string{asha[4:12], e.Hash[3:9], e.SourceRef, e.NoticeVersion, e.Actor, string(e.Action), KeyID(s.signer.Public())[:6]} {
			if strings.Contains(err.Error(), content) {
				return true
			}
		}
	}
	return false
}

// TestNoAlterationOfADayIsMissed alters the published files of days.
func TestNoAlterationOfADayIsMissed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	text := s.files[DayObject(account, day(1), 1)].Data
	r := rand.New(rand.NewPCG(16, 2))
	for n := range alterations / 5 {
		if _, err := OpenDay(altered(r, text), s.signer.Public()); err == nil {
			t.Errorf("alteration %d passes", n)
		}
	}
}

// TestVerifyRefusesWhatIsNotCanonical has files that say the same as a good one, or seem to, and are spelled otherwise. Where what is
// signed differs, the signature is by the right key.
func TestVerifyRefusesWhatIsNotCanonical(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	key := s.signer.Public()
	good := seal(t, s.signer, s.receipt())
	text := string(good)

	payload, err := encode(s.receipt())
	if err != nil {
		t.Fatal(err)
	}
	resigned := func(old, changed string) []byte {
		if !bytes.Contains(payload, []byte(old)) {
			t.Fatalf("the payload lacks %q", old)
		}
		return signedRaw(t, s.signer, bytes.Replace(payload, []byte(old), []byte(changed), 1))
	}
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	for _, tc := range []struct {
		name, want string
		file       []byte
	}{
		{"empty", "is cut off", nil},
		{"only_a_line", "is not JSON", []byte("\n")},
		{"without_its_last_byte", "is cut off", good[:len(good)-1]},
		{"trailing_line", "is not spelled as it was written", append(bytes.Clone(good), '\n')},
		{"trailing_object", "has something behind its end", append(bytes.Clone(good), good...)},
		{"trailing_word", "behind its end", append(bytes.Clone(good[:len(good)-1]), "null\n"...)},
		{"byte_order_mark", "is not JSON", append([]byte("\xef\xbb\xbf"), good...)},
		{"space", "is not spelled as it was written", []byte(strings.Replace(text, ":", ": ", 1))},
		{"unknown_field", "a field is unknown", []byte(strings.Replace(text, `{"payloadType"`, `{"note":"","payloadType"`, 1))},
		{"field_twice", "has a field twice", []byte(strings.Replace(text, `{"payloadType"`, `{"payloadType":"x","payloadType"`, 1))},
		{"field_in_other_case", "is not spelled", []byte(strings.Replace(text, `"payloadType"`, `"PAYLOADTYPE"`, 1))},
		{"escaped_letter", "is not spelled", []byte(strings.Replace(text, `"payloadType"`, `"\u0070ayloadType"`, 1))},
		{"base64_with_a_line", "is not spelled", []byte(strings.Replace(text, `"payload":"`, `"payload":"\n`, 1))},
		{"base64_without_padding", "is not of the format", []byte(strings.Replace(text, `=="}`, `"}`, 1))},
		{"base64_for_urls", "", []byte(strings.Replace(strings.Replace(text, "+/", "-_", 1), "eyJ", "-_J", 1))},
		{"invalid_utf8", "is not UTF-8", []byte(strings.Replace(text, "vnd", "\xff", 1))},
		{"deep", "is nested too deep", []byte(deep + "\n")},
		{"too_large", "is too large", bytes.Repeat([]byte(" "), MaxFile+1)},
		{"signed_unknown_field", "payload: is not of the format", resigned(`"kind"`, `"note":"","kind"`)},
		{"signed_field_twice", "payload: has a field twice", resigned(`"kind"`, `"kind":"ledger","kind"`)},
		{"signed_field_twice_in_the_body", "payload: has a field twice", resigned(`"status":"read"`, `"status":"failed","status":"read"`)},
		{"signed_space_in_the_body", "payload: is not spelled", resigned(`"status":"read"`, `"status": "read"`)},
		{"signed_deep_body", "payload: is nested too deep", resigned(`"status":"read"`, `"status":`+deep)},
		{"signed_invalid_utf8", "payload: is not UTF-8", resigned(`"read"`, "\"re\xffd\"")},
		{"signed_number_of_a_string", "payload.entries.sequence: is not what the format has there", resigned(`,"sequence":2`, `,"sequence":"2"`)},
		{"signed_number_otherwise", "is not what the format has there", resigned(`,"sequence":2`, `,"sequence":2.0`)},
		{"signed_null_for_a_list", "payload: a list is missing", resigned(`"lacks":["a sentence"]`, `"lacks":null`)},
		{"signed_hash_in_upper_case", "payload: is not of the format", resigned(`"hashes":["`, `"hashes":["A`)},
		{"signed_zone", "payload: is not spelled", resigned(`09:00:00Z`, `09:00:00+00:00`)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			refuses(t, tc.file, Options{Key: key}, tc.want)
		})
	}
}

// signedRaw signs any bytes as a payload.
func signedRaw(tb testing.TB, s Signer, payload []byte) []byte {
	tb.Helper()
	e, err := s.sign(PayloadType, rawText(payload))
	if err != nil {
		tb.Fatal(err)
	}
	e.Payload = payload
	e.Signatures[0].Sig = signRaw(s, e)
	return file(tb, e)
}

type rawText []byte

func (rawText) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

// FuzzVerify has any bytes be signed with the right key: what somebody can make who has it. None ends the check otherwise than with a fault or
// with lines that a terminal may show.
func FuzzVerify(f *testing.F) {
	s := newStage(f)
	small := s.receipt()
	small.Roots = []Root{}
	for _, p := range []Payload{small, {Kind: Ledger, Account: account, MadeAt: madeAt, Subject: asha, Entries: []Entry{}, Whole: true, Roots: []Root{}, Lacks: []string{}}} {
		text, err := encode(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := Verify(signedRaw(t, s.signer, payload), Options{Key: s.signer.Public(), DayFiles: s.files})
		if err != nil {
			return
		}
		for _, line := range r.Lines() {
			if strings.ContainsAny(line, "\x1b\n\r") {
				t.Errorf("line %q has what a terminal obeys", line)
			}
		}
	})
}
