/*!40101 SET NAMES binary*/;
CREATE TABLE `v`(
`id` int,
`name` int
)ENGINE=MyISAM;
