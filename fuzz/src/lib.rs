//! The assertions of the fuzz targets. They live with the tests of the package, which replay the corpus through them.

#[path = "../../tests/corpus/targets/mod.rs"]
pub mod targets;
