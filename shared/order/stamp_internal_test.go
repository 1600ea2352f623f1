package order

import (
	"testing"
	"time"
)

func TestParseStamp(t *testing.T) {
	t.Parallel()
	const at = 1707817841 // 2024-02-13 15:20:41 at +05:30
	tests := []struct {
		name, raw, wantRaw string
		epoch              int64
		known              bool
	}{
		{"plain", "2024-02-13 15:20:41", "", at, true},
		{"tenth", "2024-02-13 15:20:41.0", "", at, true},
		{"micros", "2024-02-13 15:20:41.999999", "", at, true},
		{"with_t", "2024-02-13T15:20:41", "", at, true},
		{"with_t_and_fraction", "2024-02-13T15:20:41.000", "", at, true},
		{"utc", "2024-02-13T09:50:41Z", "", at, true},
		{"utc_with_fraction", "2024-02-13T09:50:41.123Z", "", at, true},
		{"own_zone", "2024-02-13T15:20:41+05:30", "", at, true},
		{"zone_without_colon", "2024-02-13T15:20:41+0530", "", at, true},
		{"other_zone", "2024-02-13T04:50:41-05:00", "", at, true},
		{"space_and_zone", "2024-02-13 15:20:41 +05:30", "", at, true},
		{"space_and_zone_without_colon", "2024-02-13 09:50:41 +0000", "", at, true},
		{"seconds", "1707817841", "", at, true},
		{"milliseconds", "1707817841999", "", at, true},
		{"seconds_with_fraction", "1707817841.0", "", at, true},
		{"scientific", "1.707817841e9", "", at, true},
		{"scientific_milliseconds", "1.707817841E+12", "", at, true},
		{"surrounding_space", " 2024-02-13 15:20:41 ", "2024-02-13 15:20:41", at, true},
		{"without_seconds", "2024-02-13 15:20", "", at - 41, true},
		{"day", "2024-02-13", "", at - (15*60+20)*60 - 41, true},
		{"day_first", "13-02-2024 15:20:41", "", 0, false},
		{"day_first_slash", "13/02/2024", "", 0, false},
		{"impossible", "2024-02-30 15:20:41", "", 0, false},
		{"words", "yesterday", "", 0, false},
		{"eight_digits", "13022024", "", 0, false},
		{"twenty_digits", "17078178410000000000", "", 0, false},
		{"true", "true", "", 0, false},
		{"none", "", "-none-", 0, false},
		{"null", "null", "-none-", 0, false},
		{"zero", "0", "-none-", 0, false},
		{"zero_date", "0000-00-00 00:00:00", "-none-", 0, false},
		{"zero_day", "0000-00-00", "-none-", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := parseStamp(tt.raw, platformZone())
			want := stamp{raw: tt.raw, epoch: tt.epoch, known: tt.known}
			switch tt.wantRaw {
			case "":
			case "-none-":
				want.raw = ""
			default:
				want.raw = tt.wantRaw
			}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestParseStampUsesTheGivenZone(t *testing.T) {
	t.Parallel()
	if got := parseStamp("2024-02-13 09:50:41", time.UTC); got.epoch != 1707817841 {
		t.Errorf("got %d", got.epoch)
	}
}

func TestLongRawTimeIsClipped(t *testing.T) {
	t.Parallel()
	long := make([]byte, 1000)
	for i := range long {
		long[i] = 'x'
	}
	if got := parseStamp(string(long), time.UTC); len(got.raw) != maxStamp || got.known {
		t.Errorf("got %d bytes, known %v", len(got.raw), got.known)
	}
}

func TestAmount(t *testing.T) {
	t.Parallel()
	tests := []struct {
		raw, text string
		micros    int64
	}{
		{"1000.0", "1000", 1_000_000_000},
		{"1000", "1000", 1_000_000_000},
		{"499.5", "499.50", 499_500_000},
		{"499.50", "499.50", 499_500_000},
		{"499.125", "499.125", 499_125_000},
		{"0.0000019", "0.000001", 1},
		{"1,299.00", "1299", 1_299_000_000},
		{"-350.0", "-350", -350_000_000},
		{"-0.5", "-0.50", -500_000},
		{"0", "0", 0},
		{"1e3", "1000", 1_000_000_000},
		{"1.5E+2", "150", 150_000_000},
		{".5", "0.50", 500_000},
	}
	for _, tt := range tests {
		t.Run(tt.raw, func(t *testing.T) {
			t.Parallel()
			got := parseAmount(tt.raw)
			if want := (Amount{Micros: tt.micros, Known: true}); got != want {
				t.Fatalf("got %+v, want %+v", got, want)
			}
			if got.String() != tt.text {
				t.Errorf("String: got %q, want %q", got.String(), tt.text)
			}
		})
	}
	for _, raw := range []string{"", "-", "free", "NaN", "Inf", "1e40", "12 INR", "true", "99999999999999999999"} {
		if got := parseAmount(raw); got.Known || got.String() != "" {
			t.Errorf("parseAmount(%q): got %+v, want unknown", raw, got)
		}
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int{"1": 1, "2.0": 2, "": 0, "-1": 0, "x": 0, "1e99": 0, "1e3": 1000, "true": 0} {
		if got := count(raw); got != want {
			t.Errorf("count(%q): got %d, want %d", raw, got, want)
		}
	}
}
