package docker

import (
	"context"
	"errors"
)

func canImport(string) error { return errors.New("debootstrap needs Linux: " + debianRemedy) }

func (d *docker) importDebian(context.Context) error { return canImport("") }
