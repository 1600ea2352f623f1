package account

import "regexp"

var (
	idForm   = regexp.MustCompile(`^[0-9]{1,20}$`)
	slugForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
)

// IsID reports whether a text can be an account's id: digits, at most 20.
func IsID(id string) bool { return idForm.MatchString(id) }

// IsSlug reports whether a text can be a workspace's name in URLs: letters, digits, dots, hyphens and underscores, at most 64, the first a
// letter or digit. Capitals count as small letters.
func IsSlug(slug string) bool { return slugForm.MatchString(slug) }
