package phone_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// formats are the ways in which the metadata spells a number.
var formats = []phonenumbers.PhoneNumberFormat{
	phonenumbers.E164, phonenumbers.INTERNATIONAL, phonenumbers.NATIONAL, phonenumbers.RFC3966,
}

// intended are the readings that differ from the metadata's, by region and format; all others are to agree. Refused are numbers of
// fewer than 8 digits, which are rather ids. In Argentina 0 and 15 stand about the area code where mobile numbers are dialled at home.
var intended = map[string]string{
	"AC 0": "", "AC 1": "", "AC 2": "", "AC 3": "",
	"CK 0": "", "CK 1": "", "CK 2": "", "CK 3": "",
	"FK 0": "", "FK 1": "", "FK 2": "", "FK 3": "",
	"SH 0": "", "SH 1": "", "SH 2": "", "SH 3": "",
	"TK 0": "", "TK 1": "", "TK 2": "", "TK 3": "",
	"AR 2": "+5491523456789",
}

// TestAgreesWithMetadataOnExamples reads the example mobile number of each region that the metadata of phone numbers has, in each
// spelling that the metadata gives it.
func TestAgreesWithMetadataOnExamples(t *testing.T) {
	t.Parallel()
	checked, otherwise := 0, 0
	for region := range phonenumbers.GetSupportedRegions() {
		n := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE)
		if n == nil {
			continue
		}
		for _, f := range formats {
			checked++
			spelled := phonenumbers.Format(n, f)
			want := phonenumbers.Format(n, phonenumbers.E164)
			if ours, ok := intended[fmt.Sprintf("%s %d", region, f)]; ok {
				otherwise++
				want = ours
			}
			got, err := phone.Parse(spelled, region)
			if got.E164() != want || (err == nil) != (want != "") {
				t.Errorf("%s %d: %q: got %q, %v, want %q", region, f, spelled, got.E164(), err, want)
			}
		}
	}
	if checked < 800 {
		t.Errorf("checked %d spellings, want those of at least 200 regions", checked)
	}
	if otherwise != len(intended) {
		t.Errorf("%d spellings are read otherwise, want %d", otherwise, len(intended))
	}
}

// TestAgreesWithMetadataOnIndianSpellings compares random spellings of Indian numbers. The one intended difference: the metadata
// knows landlines, which begin below 6 and are not on WhatsApp.
//
// With CI=true, as .ci/run sets it, they are a million, which cost 25 seconds; otherwise a fiftieth of that.
func TestAgreesWithMetadataOnIndianSpellings(t *testing.T) {
	t.Parallel()
	many := 20_000
	if testkit.Thorough() {
		many = 1_000_000
	}
	random := rand.New(rand.NewPCG(1, 2))
	differ, numbers := 0, 0
	for range many {
		spelled, plain := indian(random)
		want := ""
		parsed, err := phonenumbers.Parse(plain, "IN")
		if err == nil && phonenumbers.IsValidNumberForRegion(parsed, "IN") && phonenumbers.GetNationalSignificantNumber(parsed)[0] >= '6' {
			want = phonenumbers.Format(parsed, phonenumbers.E164)
			numbers++
		}
		got, _ := phone.Parse(spelled, "IN")
		if differ < 10 && got.E164() != want {
			differ++
			t.Errorf("%q: got %q, want %q", spelled, got.E164(), want)
		}
	}
	if numbers < many/4 || numbers > many*3/4 {
		t.Errorf("%d of %d are numbers, want both kinds often", numbers, many)
	}
}

// TestCompleteAgreesWithMetadata holds that ten digits are left alone only if they are no Indian mobile number, and that all are left
// alone that are none and a mobile number of another country. Vanuatu and Palau are left out: within their beginnings India's plan has
// exceptions.
func TestCompleteAgreesWithMetadata(t *testing.T) {
	t.Parallel()
	mobile := func(spelled, region string) bool {
		n, err := phonenumbers.Parse(spelled, region)
		if err != nil || !phonenumbers.IsValidNumber(n) {
			return false
		}
		kind := phonenumbers.GetNumberType(n)

		return kind == phonenumbers.MOBILE || kind == phonenumbers.FIXED_LINE_OR_MOBILE
	}
	random := rand.New(rand.NewPCG(1, 2))
	left := 0
	for beginning := 6000; beginning < 7000; beginning++ {
		for range 20 {
			digits := fmt.Sprintf("%d%06d", beginning, random.IntN(1_000_000))
			alone := phone.Complete(digits, "91") == digits
			if alone {
				left++
			}
			atHome := mobile(digits, "IN")
			abroad := mobile("+"+digits, "") && !strings.HasPrefix(digits, "678") && !strings.HasPrefix(digits, "680")
			if alone && atHome || !alone && !atHome && abroad {
				t.Errorf("%s: left alone %v, a mobile number at home %v", digits, alone, atHome)
			}
		}
	}
	if left < 500 {
		t.Errorf("%d were left alone, want those of eight beginnings", left)
	}
}

// scripts are the digits of India's scripts by their zeros, and full-width ones.
var scripts = []rune{'०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '０'}

// indian spells a random number of about ten digits in a random way. plain is the same without what the metadata's parser does not read:
// quotes, a spreadsheet's ".0", and the digits of all scripts.
func indian(random *rand.Rand) (spelled, plain string) {
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	digits := fmt.Sprint(4_000_000_000 + random.Int64N(6_000_000_000))
	if random.IntN(8) == 0 {
		digits = digits[random.IntN(3):] + digits[:random.IntN(2)]
	}
	half := len(digits) / 2

	plain = pick("", "", "+91", "91", "0", "0091", "+91 ", "(+91) ", "+91-", "tel:+91", "\u202a+91", "＋９１", "+91 0", "+91 (0) ", "00910", "0 ") +
		digits[:half] + pick("", " ", "-", ".", "  ", "\u00a0", "\u2011", "\u200b") + digits[half:]
	spelled = plain
	if random.IntN(3) == 0 {
		zero := scripts[random.IntN(len(scripts))]
		spelled = strings.Map(func(c rune) rune {
			if c >= '0' && c <= '9' {
				return zero + c - '0'
			}
			return c
		}, spelled)
	}
	if !strings.Contains(plain, ".") {
		spelled += pick("", "", " ", ".", ".0")
	}

	quote := pick("", "", "", "'", `"`, "“", "`")
	if random.IntN(2) == 0 {
		return quote + spelled, plain
	}

	return quote + spelled + quote, plain
}
