//go:build !linux

package engine

import (
	"context"
	"errors"
)

func (d *docker) importDebian(context.Context) error {
	return errors.New("debootstrap needs Linux: " + debianRemedy)
}
