/*M!999999\- enable the sandbox mode */ 
-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: 127.0.0.1    Database: legacy_tricky
-- ------------------------------------------------------
-- Server version	10.11.19-MariaDB-0+deb12u1

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Dumping data for table `acc`
--

LOCK TABLES `acc` WRITE;
/*!40000 ALTER TABLE `acc` DISABLE KEYS */;
INSERT INTO `acc` VALUES
(1,'Admin','admin','é€','plain','\0A','','\0','',12.50,-1e30,'2024-01-02 03:04:05.123456','2024-01-02 03:04:05'),
(2,'昞昞','昞昞','NULL','','','\0�\\\'\"\n\r\Z	','','\0\\',0.10,1.5e300,'1970-01-01 00:00:00.000000','2024-06-30 23:59:59'),
(3,'O\'Re\"ef\\n','o\'re\"ef\\n','','a\\nb\nc\\r\\n\\012','10','�','',NULL,NULL,NULL,NULL,NULL),
(4,'x\\','x\\','; -- ','\"),(\"','\\','\\N','','\0	',-3.00,0.1,'9999-12-31 23:59:59.999999',NULL),
(5,'NULL','null',NULL,NULL,NULL,NULL,'\0','\0\n',0.00,0,'2000-02-29 12:00:00.000000',NULL),
(6,'','','tab	tab','🌸 \'quoted\'','\0\0\0\0\0\0\0\0','\'\'\\\\','\0','�',999.99,123456789,'2024-01-02 03:04:05.500000','1999-12-31 23:59:59');
/*!40000 ALTER TABLE `acc` ENABLE KEYS */;
UNLOCK TABLES;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-28  1:57:18
