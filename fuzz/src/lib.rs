//! The assertions of the fuzz targets. They are part of the package's tests, which replay the corpus with them.

#[path = "../../tests/corpus/targets/mod.rs"]
pub mod targets;
