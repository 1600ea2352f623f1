package phone_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

func TestParseIndian(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, raw, region, want string
		err                     error
	}{
		{"ten_digits", "9000000001", "IN", "+919000000001", nil},
		{"trunk_zero", "09000000001", "IN", "+919000000001", nil},
		{"calling_code", "919000000001", "IN", "+919000000001", nil},
		{"plus_and_separators", "+91 90000-00001", "IN", "+919000000001", nil},
		{"double_zero", "00919000000001", "IN", "+919000000001", nil},
		{"all_separators", " (90000).00-001 ", "IN", "+919000000001", nil},
		{"plus_after_bracket", "(+91) 9000000001", "IN", "+919000000001", nil},
		{"zero_after_the_code", "+91 0 90000 00001", "IN", "+919000000001", nil},
		{"zero_in_brackets_after_the_code", "+91 (0) 90000-00001", "IN", "+919000000001", nil},
		{"zero_after_the_code_without_plus", "91 0 9000000001", "IN", "+919000000001", nil},
		{"two_zeros_after_the_code", "+91 00 9000000001", "IN", "", phone.ErrInvalid},
		{"begins_with_91", "9190000001", "IN", "+919190000001", nil},
		{"begins_with_91_and_zero", "09190000001", "", "+919190000001", nil},
		{"lowest_mobile_digit", "6000000000", "IN", "+916000000000", nil},
		{"no_region", "9000000001", "", "+919000000001", nil},
		{"lower_case_region", "9000000001", "in", "+919000000001", nil},
		{"country_name_for_region", "9000000001", "India", "+919000000001", nil},
		{"unknown_region", "9000000001", "ZZ", "+919000000001", nil},
		{"empty", "", "IN", "", phone.ErrEmpty},
		{"spaces", "   ", "IN", "", phone.ErrEmpty},
		{"plus_91_and_eight", "+9190000001", "IN", "", phone.ErrInvalid},
		{"double_zero_and_ten", "009190000001", "IN", "", phone.ErrInvalid},
		{"landline_like", "1234567890", "IN", "", phone.ErrInvalid},
		{"five_is_no_mobile", "5000000000", "IN", "", phone.ErrInvalid},
		{"eleven_with_91", "91900000001", "IN", "", phone.ErrInvalid},
		{"nine_digits", "900000000", "IN", "", phone.ErrInvalid},
		{"thirteen_digits", "9190000000011", "IN", "", phone.ErrInvalid},
		{"two_trunk_zeros", "00900000001", "IN", "", phone.ErrInvalid},
		{"another_country", "+14155550100", "IN", "", phone.ErrInvalid},
		{"letters", "90000o0001", "IN", "", phone.ErrInvalid},
		{"extension", "9000000001x12", "IN", "", phone.ErrInvalid},
		{"slash_of_two", "9000000001/9000000002", "IN", "", phone.ErrInvalid},
		{"plus_inside", "91+9000000001", "IN", "", phone.ErrInvalid},
		{"two_plus", "++919000000001", "IN", "", phone.ErrInvalid},
		{"tab", "90000\t00001", "IN", "+919000000001", nil},
		{"no_break_space", "90000\u00a000001", "IN", "+919000000001", nil},
		{"thin_and_narrow_spaces", "+91\u2009900\u202f000\u20090001", "IN", "+919000000001", nil},
		{"direction_marks", "\u202a+91 90000 00001\u202c", "IN", "+919000000001", nil},
		{"isolates", "\u2066+919000000001\u2069", "IN", "+919000000001", nil},
		{"zero_width_space", "9000\u200b000001\ufeff", "IN", "+919000000001", nil},
		{"soft_hyphen", "90000\u00ad00001", "IN", "+919000000001", nil},
		{"typographic_dashes", "+91–90000—00001", "IN", "+919000000001", nil},
		{"no_break_hyphen_and_minus", "+91\u2011900000\u22120001", "IN", "+919000000001", nil},
		{"full_width", "＋９１（９００００）０００－０１", "IN", "+919000000001", nil},
		{"devanagari", "९०००० ००००१", "IN", "+919000000001", nil},
		{"bengali_and_ours", "৯০০০০ 00001", "IN", "+919000000001", nil},
		{"tamil", "+௯௧௯௦௦௦௦௦௦௦௦௧", "IN", "+919000000001", nil},
		{"mathematical_digits", "𝟗𝟎𝟎𝟎𝟎𝟎𝟎𝟎𝟎𝟏", "IN", "+919000000001", nil},
		{"telephone_link", "tel:+91-90000-00001", "IN", "+919000000001", nil},
		{"telephone_link_in_capitals", " TEL:9000000001", "IN", "+919000000001", nil},
		{"spreadsheet_text", "'9000000001", "IN", "+919000000001", nil},
		{"quoted", "\"+91 9000000001\"", "IN", "+919000000001", nil},
		{"spreadsheet_number", "919000000001.0", "IN", "+919000000001", nil},
		{"dots_as_separators_before_a_zero", "900.000.001.0", "IN", "+919000000010", nil},
		{"hangul_filler", "90000\u316400001", "IN", "+919000000001", nil},
		{"grapheme_joiner_and_braille", "+91\u280090000\u034f00001", "IN", "+919000000001", nil},
		{"only_blank_letters", "\u3164\u115f", "IN", "", phone.ErrEmpty},
		{"only_invisible", "\u200b\u202a \ufeff", "IN", "", phone.ErrEmpty},
		{"user_id", "IN.9000000001", "IN", "", phone.ErrInvalid},
		{"user_id_of_another_country", "MY.20269000000001", "IN", "", phone.ErrInvalid},
		{"whatsapp_address", "whatsapp:+919000000001", "IN", "", phone.ErrInvalid},
		{"scheme_inside", "9tel:000000001", "IN", "", phone.ErrInvalid},
		{"roman_and_circled_numerals", "Ⅸ①000000001", "IN", "", phone.ErrInvalid},
		{"combining_keycap", "9\u20e3000000001", "IN", "", phone.ErrInvalid},
		{"exponent", "9.19E+11", "IN", "", phone.ErrInvalid},
		{"dash_only", "-", "IN", "", phone.ErrInvalid},
		{"plus_only", "+", "IN", "", phone.ErrInvalid},
		{"very_long", strings.Repeat(" ", 1<<16) + "9000000001", "IN", "", phone.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkParse(t, tt.raw, tt.region, tt.want, tt.err)
		})
	}
}

func TestParseOtherRegions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, raw, region, want string
		err                     error
	}{
		{"us_national", "(415) 555-0100", "US", "+14155550100", nil},
		{"us_with_code", "1 415 555 0100", "US", "+14155550100", nil},
		{"us_plus", "+1 415 555 0100", "us", "+14155550100", nil},
		{"us_area_code_from_1", "1155550100", "US", "", phone.ErrInvalid},
		{"us_short", "5550100", "US", "", phone.ErrInvalid},
		{"canada", "4165550100", "CA", "+14165550100", nil},
		{"uk_trunk_zero", "07700 900123", "GB", "+447700900123", nil},
		{"uk_zero_after_the_code", "+44 (0)7700 900123", "GB", "+447700900123", nil},
		{"uk_zero_after_the_code_without_plus", "44 07700 900123", "GB", "+447700900123", nil},
		{"two_zeros_after_the_code", "+44 00 7700 900123", "GB", "", phone.ErrInvalid},
		{"germany_zero_after_the_code", "0049 (0) 151 00000001", "DE", "+4915100000001", nil},
		{"italy_keeps_zero_after_the_code", "+39 06 0000 0001", "IT", "+390600000001", nil},
		{"uk_with_code", "447700900123", "GB", "+447700900123", nil},
		{"emirates_national", "050 000 0001", "AE", "+971500000001", nil},
		{"emirates_with_code", "971500000001", "AE", "+971500000001", nil},
		{"emirates_double_zero", "00971500000001", "AE", "+971500000001", nil},
		{"singapore_national", "90000001", "SG", "+6590000001", nil},
		{"singapore_with_code", "6590000001", "SG", "+6590000001", nil},
		{"italy_keeps_zero", "06 0000 0001", "IT", "+390600000001", nil},
		{"germany_with_code", "4915100000001", "DE", "+4915100000001", nil},
		{"germany_trunk_zero", "0151 00000001", "DE", "+4915100000001", nil},
		{"indian_number_elsewhere", "+919000000001", "AE", "+919000000001", nil},
		{"bad_indian_number_elsewhere", "+911234567890", "AE", "", phone.ErrInvalid},
		{"unassigned_code", "+2100000000", "AE", "", phone.ErrInvalid},
		{"too_long", "+9715000000012345", "AE", "", phone.ErrInvalid},
		{"too_short", "+97150", "AE", "", phone.ErrInvalid},
		{"zero_only", "0", "AE", "", phone.ErrInvalid},
		{"empty", "", "AE", "", phone.ErrEmpty},
		{"letters", "50CALLME", "AE", "", phone.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkParse(t, tt.raw, tt.region, tt.want, tt.err)
		})
	}
}

func checkParse(t *testing.T, raw, region, want string, wantErr error) {
	t.Helper()
	n, err := phone.Parse(raw, region)
	if !errors.Is(err, wantErr) {
		t.Fatalf("Parse error: got %v, want %v", err, wantErr)
	}
	if got := n.E164(); got != want {
		t.Errorf("E164: got %q, want %q", got, want)
	}
	if n.IsZero() != (want == "") {
		t.Errorf("IsZero: got %v", n.IsZero())
	}
	if want == "" {
		return
	}
	stored, err := phone.FromE164(want)
	if err != nil || stored != n || !stored.Equal(n) {
		t.Errorf("FromE164 of the stored form: got %v, %v, want the same number", stored, err)
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	tests := []struct{ e164, digits, national, masked string }{
		{"+919000006382", "919000006382", "9000006382", "+91******6382"},
		{"+14155550100", "14155550100", "4155550100", "+1******0100"},
		{"+971500000001", "971500000001", "500000001", "+971*****0001"},
		{"+6590000001", "6590000001", "90000001", "+65****0001"},
	}
	for _, tt := range tests {
		t.Run(tt.masked, func(t *testing.T) {
			t.Parallel()
			n, err := phone.FromE164(tt.e164)
			if err != nil {
				t.Fatalf("FromE164: %v", err)
			}
			if got := n.Digits(); got != tt.digits {
				t.Errorf("Digits: got %q, want %q", got, tt.digits)
			}
			if got := n.National(); got != tt.national {
				t.Errorf("National: got %q, want %q", got, tt.national)
			}
			if got := n.String(); got != tt.masked {
				t.Errorf("String: got %q, want %q", got, tt.masked)
			}
		})
	}
}

func TestFromE164Rejects(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"919000000001", "+", "+91 9000000001", "+91900000000x", "+09000000001", "+9190000000011", "+1"} {
		if n, err := phone.FromE164(s); !errors.Is(err, phone.ErrInvalid) || !n.IsZero() {
			t.Errorf("FromE164(%q): got %v, %v, want ErrInvalid", s, n, err)
		}
	}
	if _, err := phone.FromE164(""); !errors.Is(err, phone.ErrEmpty) {
		t.Errorf("FromE164 of nothing: got %v, want ErrEmpty", err)
	}
}

func TestZeroNumber(t *testing.T) {
	t.Parallel()
	var n phone.Number
	if n.E164() != "" || n.Digits() != "" || n.National() != "" || n.String() != "" {
		t.Errorf("zero Number: got %q %q %q %q, want nothing", n.E164(), n.Digits(), n.National(), n.String())
	}
}

func TestNothingPrintsTheDigits(t *testing.T) {
	t.Parallel()
	n, err := phone.Parse("9000006382", "")
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	type record struct {
		Name  string               `json:"name"`
		Phone phone.Number         `json:"phone"`
		Also  *phone.Number        `json:"also"`
		ByKey map[phone.Number]int `json:"by_key"`
	}
	r := record{"x", n, &n, map[phone.Number]int{n: 1}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", n, r, []any{n, &n})
	}
	encoded, err := json.Marshal(r)
	if err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	out.Write(encoded)
	for _, h := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(h).Info("x", slog.Any("phone", n), slog.Any("pointer", &n), slog.Any("record", r))
	}
	_, err = phone.Parse("9000006382x", "")
	fmt.Fprintln(&out, err)
	if strings.Contains(out.String(), "00006382") {
		t.Errorf("digits are in:\n%s", out.String())
	}
	if got, want := strings.Count(out.String(), "+91******6382"), 20; got < want {
		t.Errorf("masked number: got it %d times, want at least %d, in:\n%s", got, want, out.String())
	}
}

func TestKeyer(t *testing.T) {
	t.Parallel()
	k, err := phone.NewKeyer([]byte("an invented secret of the tests!"))
	if err != nil {
		t.Fatalf("NewKeyer: %v", err)
	}
	n, err := phone.Parse("9000000001", "IN")
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	// The values are frozen: stored documents are found by them.
	if got, want := k.Key(n), "c72def12a56140784f7a86f60c6bbcc4"; got != want {
		t.Errorf("Key: got %s, want %s", got, want)
	}
	if got, want := k.Email("Ira@Example.test "), "89baa02d99f357580977e2a87d609a11"; got != want {
		t.Errorf("Email: got %s, want %s", got, want)
	}
	if k.Email(" IRA@example.TEST") != k.Email("ira@example.test") {
		t.Error("Email: case or space makes a difference")
	}
	if k.Email(n.E164()) == k.Key(n) {
		t.Error("an address and a number have one key")
	}
	if k.Key(phone.Number{}) != "" || k.Email("  ") != "" {
		t.Error("nothing has a key")
	}
	other, err := phone.NewKeyer([]byte("another secret of these tests!!!"))
	if err != nil {
		t.Fatalf("NewKeyer: %v", err)
	}
	if other.Key(n) == k.Key(n) {
		t.Error("the key does not depend on the secret")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if got := fmt.Sprintf(verb, k); got != "[redacted]" {
			t.Errorf("%s of a Keyer: got %q, want [redacted]", verb, got)
		}
	}
}

func TestNewKeyerKeepsItsOwnSecret(t *testing.T) {
	t.Parallel()
	secret := []byte("0123456789abcdef")
	k, err := phone.NewKeyer(secret)
	if err != nil {
		t.Fatalf("NewKeyer: %v", err)
	}
	before := k.Email("a@example.test")
	clear(secret)
	if k.Email("a@example.test") != before {
		t.Error("changing the slice changed the keys")
	}
	if _, err := phone.NewKeyer(secret[:15]); !errors.Is(err, phone.ErrShortSecret) {
		t.Errorf("NewKeyer of 15 bytes: got %v, want ErrShortSecret", err)
	}
}

func FuzzParsePhone(f *testing.F) {
	for _, raw := range []string{"9000000001", "+91 90000-00001", "00919000000001", "0", "", "+", "(415) 555-0100", "9\u00a00"} {
		for _, region := range []string{"IN", "US", "IT", "", "x"} {
			f.Add(raw, region)
		}
	}
	f.Fuzz(func(t *testing.T, raw, region string) {
		n, err := phone.Parse(raw, region)
		if err != nil {
			if !n.IsZero() || !errors.Is(err, phone.ErrEmpty) && !errors.Is(err, phone.ErrInvalid) {
				t.Fatalf("got %v with error %v", n, err)
			}
			return
		}
		e164 := n.E164()
		if len(e164) < 9 || len(e164) > 16 {
			t.Fatalf("E164 has %d characters", len(e164))
		}
		if again, err := phone.FromE164(e164); err != nil || again != n {
			t.Fatalf("FromE164(E164): got %v, %v", again, err)
		}
		if again, err := phone.Parse(e164, "US"); err != nil || again != n {
			t.Fatalf("Parse(E164): got %v, %v", again, err)
		}
		if strings.Contains(n.String(), n.National()) {
			t.Fatal("the masked number shows the national number")
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := phone.Parse("+91 90000-00001", "IN"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKey(b *testing.B) {
	k, err := phone.NewKeyer([]byte("an invented secret of the tests!"))
	if err != nil {
		b.Fatal(err)
	}
	n, err := phone.Parse("9000000001", "IN")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		k.Key(n)
	}
}

func TestDigits(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"919000000001": "919000000001", "+91\u00a090000 00001": "919000000001", "00919000000001": "919000000001",
		"+91 (0) 90000 00001": "919000000001", "91 0 90000 00001": "919000000001", "9000000001": "9000000001",
		"0090000": "9000", "＋９１-९००००००००१": "919000000001", "12345": "12345",
		"+39 06 0000 0001": "390600000001", "": "", "IN.9000000001": "", "whatsapp:+919000000001": "", "9.1e11": "",
	} {
		if got := phone.Digits(raw); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ digits, code, want string }{
		"at_home":                    {"9000000001", "91", "919000000001"},
		"with_trunk_zero":            {"09000000001", "91", "919000000001"},
		"whole":                      {"919000000001", "91", "919000000001"},
		"begins_with_the_code":       {"9190000001", "91", "919190000001"},
		"landline_at_home":           {"1140000001", "91", "1140000001"},
		"singapore_landline_at_home": {"6582345678", "91", "6582345678"},
		"singapore_with_1":           {"6581234567", "91", "6581234567"},
		"singapore_mobile_at_home":   {"6581834567", "91", "916581834567"},
		"singapore_after_a_zero":     {"06582345678", "91", "916582345678"},
		"new_zealand":                {"6421234567", "91", "6421234567"},
		"new_zealand_mobile_at_home": {"6421834567", "91", "916421834567"},
		"america":                    {"4155550100", "1", "14155550100"},
		"no_number_of_america":       {"6581234567", "1", "6581234567"},
		"nothing":                    {"", "91", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := phone.Complete(c.digits, c.code); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestOtherSpelling(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"+5531988880001": "+553188880001",
		"+5213312345678": "+523312345678",
		"+5491123456789": "+541123456789",
		"+919000000001":  "",
		"+6590000001":    "",
		"+5531288880001": "", // thirteen digits without the nine
	} {
		n, err := phone.FromE164(number)
		if err != nil {
			t.Fatal(number, err)
		}

		other, ok := n.OtherSpelling()
		if other.E164() != want || ok != (want != "") {
			t.Errorf("%s: got %q, want %q", number, other.E164(), want)
		}
		if back, _ := other.OtherSpelling(); ok && (back != n || !n.Respells(other)) {
			t.Errorf("%s: its other spelling leads back to %s", number, back.E164())
		}
	}
}

func TestRespells(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"+5531988880001", "+553188880001", true}, // Brazil's ninth digit
		{"+5215512345678", "+525512345678", true}, // Mexico's 1
		{"+5491112345678", "+541112345678", true}, // Argentina's 9
		{"+5531988880001", "+5531988880001", false},
		{"+5531988880001", "+553188880002", false},
		{"+919000000001", "+6590000001", false},
		{"+919000000001", "+919100000002", false},
	} {
		a, err := phone.FromE164(tc.a)
		if err != nil {
			t.Fatal(tc.a, err)
		}
		b, err := phone.FromE164(tc.b)
		if err != nil {
			t.Fatal(tc.b, err)
		}
		if n, ok := phone.Respelling(tc.a, tc.b[1:]); ok != tc.want || ok && n != b {
			t.Errorf("%s called %s: got %t, want %t", tc.a, tc.b, ok, tc.want)
		}
		if a.Respells(b) != tc.want || b.Respells(a) != tc.want {
			t.Errorf("%s and %s: got %t and %t, want %t", tc.a, tc.b, a.Respells(b), b.Respells(a), tc.want)
		}
	}
}
