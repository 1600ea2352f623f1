package logging_test

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

func TestShapes(t *testing.T) {
	t.Parallel()
	const unreadable = logging.Unreadable
	for _, tc := range []struct{ name, value, number, word string }{
		{"nothing", "", "", ""},
		{"account", "811", "811", "811"},
		{"message_of_an_emulator", "1", "1", "1"},
		{"message", "2070443601311540", "2070443601311540", "2070443601311540"},
		{"long_message", "11031731013418187", "11031731013418187", "11031731013418187"},
		{"app", "gupshup-neem_2.a:b", unreadable, "gupshup-neem_2.a:b"},
		{"uuid", "aaaaaaaa-0000-4000-8000-000000000001", unreadable, "aaaaaaaa-0000-4000-8000-000000000001"},
		{"digits_apart", "a1234b5678c9012", unreadable, "a1234b5678c9012"},
		{"code", "WA-401", unreadable, "WA-401"},
		{"numeric_code", "131026", "131026", "131026"},
		{"order", "51230077", "51230077", "51230077"},
		{"national", "9000079999", unreadable, unreadable},
		{"with_a_zero", "09000079999", unreadable, unreadable},
		{"with_its_code", "919000079999", unreadable, unreadable},
		{"with_two_zeros", "00919000079999", unreadable, unreadable},
		{"abroad", "14155550100", unreadable, unreadable},
		{"abroad_with_zeros", "0014155550100", unreadable, unreadable},
		{"in_groups", "9000-079-999", unreadable, unreadable},
		{"in_a_word", "to9000079999x", unreadable, unreadable},
		{"name", "Ira Sample", unreadable, unreadable},
		{"not_ascii", "नीम", unreadable, unreadable},
		{"not_utf8", "\xff", unreadable, unreadable},
		{"line", "a\nb", unreadable, unreadable},
		{"path", "../..", unreadable, unreadable},
		{"other_digits", "८११", unreadable, unreadable},
		{"too_many_digits", strings.Repeat("1", 21), unreadable, strings.Repeat("1", 21)},
		{"too_long", strings.Repeat("x", 65), unreadable, unreadable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := logging.Number(tc.value); got != tc.number {
				t.Errorf("Number: got %q, want %q", got, tc.number)
			}
			if got := logging.Word(tc.value); got != tc.word {
				t.Errorf("Word: got %q, want %q", got, tc.word)
			}
		})
	}
}
