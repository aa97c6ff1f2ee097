// A program of GORM's: what its users do first. It prints "ok" at its end.
package main

import (
	"errors"
	"fmt"
	"os"

	driver "github.com/go-sql-driver/mysql"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Author has many books, and is deleted softly.
type Author struct {
	gorm.Model
	Name  string `gorm:"size:50;uniqueIndex"`
	Books []Book
}

// Book belongs to an author.
type Book struct {
	gorm.Model
	Title    string
	Price    float64
	AuthorID uint
}

func must(what string, err error) {
	if err != nil {
		fmt.Println(what, err)
		os.Exit(1)
	}
}

func check(what string, ok bool) {
	if !ok {
		must(what, errors.New("is not so"))
	}
}

func main() {
	dsn := "root@tcp(" + os.Args[1] + ")/d?parseTime=true&charset=utf8mb4"
	db, err := gorm.Open(mysql.Open(dsn), &gorm.Config{Logger: logger.Discard})
	must("open", err)
	must("migrate", db.AutoMigrate(&Author{}, &Book{}))
	must("migrate again", db.AutoMigrate(&Author{}, &Book{}))
	must("create", db.Create(&Author{Name: "ann", Books: []Book{{Title: "a", Price: 1.5}, {Title: "b"}}}).Error)
	var ann Author
	must("first", db.Preload("Books").First(&ann, "name = ?", "ann").Error)
	check("preload", len(ann.Books) == 2 && ann.Books[0].Price == 1.5 && ann.ID == 1)
	must("updates", db.Model(&ann).Updates(Author{Name: "anna"}).Error)
	var violated *driver.MySQLError
	err = db.Create(&Author{Name: "anna"}).Error
	check("the unique index", errors.As(err, &violated) && violated.Number == 1062)
	failed := errors.New("failed")
	err = db.Transaction(func(tx *gorm.DB) error {
		must("create in a transaction", tx.Create(&Author{Name: "gone"}).Error)
		return failed
	})
	check("the transaction", errors.Is(err, failed))
	must("transaction", db.Transaction(func(tx *gorm.DB) error { return tx.Create(&Author{Name: "ben"}).Error }))
	must("delete", db.Delete(&ann).Error)
	var left []Author
	must("find", db.Find(&left).Error)
	check("soft delete", len(left) == 1 && left[0].Name == "ben")
	must("unscoped", db.Unscoped().Find(&left).Error)
	check("what is deleted softly", len(left) == 2)
	fmt.Println("ok")
}
