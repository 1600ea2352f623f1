package phone_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// formats are the ways in which the metadata spells a number.
var formats = []phonenumbers.PhoneNumberFormat{
	phonenumbers.E164, phonenumbers.INTERNATIONAL, phonenumbers.NATIONAL, phonenumbers.RFC3966,
}

// intended are the regions of whose example we read some spelling otherwise than the metadata.
var intended = map[string]string{
	"AC": "too short: what has fewer than 8 digits is rather an id",
	"CK": "too short",
	"FK": "too short",
	"SH": "too short",
	"TK": "too short",
	"AR": "0 and 15 about the area code, as mobile numbers are dialled at home",
}

// TestAgreesWithMetadataOnExamples reads the example mobile number of each region that the metadata of phone numbers has, in each
// spelling that the metadata gives it.
func TestAgreesWithMetadataOnExamples(t *testing.T) {
	t.Parallel()
	checked, otherwise := 0, map[string]bool{}
	for region := range phonenumbers.GetSupportedRegions() {
		n := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE)
		if n == nil {
			continue
		}
		want := phonenumbers.Format(n, phonenumbers.E164)
		for _, f := range formats {
			checked++
			spelled := phonenumbers.Format(n, f)
			got, err := phone.Parse(spelled, region)
			if err == nil && got.E164() == want {
				continue
			}
			otherwise[region] = true
			if intended[region] == "" {
				t.Errorf("%s: %q: got %q, %v, want %q", region, spelled, got.E164(), err, want)
			}
		}
	}
	if checked < 800 {
		t.Errorf("checked %d spellings, want those of at least 200 regions", checked)
	}
	for region := range intended {
		if !otherwise[region] {
			t.Errorf("%s is no longer read otherwise", region)
		}
	}
}

// TestAgreesWithMetadataOnIndianSpellings compares random spellings of Indian numbers. The one intended difference: the metadata
// knows landlines, which begin below 6 and are not on WhatsApp.
func TestAgreesWithMetadataOnIndianSpellings(t *testing.T) {
	t.Parallel()
	const many = 100_000 // a million agree as well, in ten times the seconds
	random := rand.New(rand.NewPCG(1, 2))
	differ := 0
	for range many {
		spelled := indian(random)
		want := ""
		parsed, err := phonenumbers.Parse(spelled, "IN")
		if err == nil && phonenumbers.IsValidNumberForRegion(parsed, "IN") && phonenumbers.GetNationalSignificantNumber(parsed)[0] >= '6' {
			want = phonenumbers.Format(parsed, phonenumbers.E164)
		}
		got, _ := phone.Parse(spelled, "IN")
		if differ < 10 && got.E164() != want {
			differ++
			t.Errorf("%q: got %q, want %q", spelled, got.E164(), want)
		}
	}
}

// indian spells a random number of about ten digits in a random way.
func indian(random *rand.Rand) string {
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	digits := fmt.Sprint(4_000_000_000 + random.Int64N(6_000_000_000))
	if random.IntN(8) == 0 {
		digits = digits[random.IntN(3):] + digits[:random.IntN(2)]
	}
	half := len(digits) / 2

	return pick("", "", "+91", "91", "0", "0091", "+91 ", "(+91) ", "+91-", "tel:+91", "\u202a+91", "＋９１") +
		digits[:half] + pick("", " ", "-", ".", "  ", "\u00a0", "\u2011", "\u200b") + digits[half:] + pick("", "", " ", ".")
}
